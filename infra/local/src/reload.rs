//! What an owner changes in the bot's folder is taken up while the stack runs; what is wrong changes nothing.

mod copy;
mod looks;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bot::Bot;
use scheduler::EventBridge;
use serde_json::json;

pub use copy::BotCopy;

use crate::cli::{Failure, Up};
use crate::lambda::Lambda;
use crate::{check, schedules};

/// Between two looks at the folder. Editors write several files: taken up is what two looks have found alike.
const PAUSE: Duration = Duration::from_millis(300);

/// What depends on the folder.
pub struct Follower {
    /// The owner's folder.
    pub folder: PathBuf,
    /// What the functions read.
    pub copy: BotCopy,
    /// The bot as it is at work.
    pub bot: Bot,
    /// Its functions.
    pub lambda: Lambda,
    /// Its schedules.
    pub schedules: EventBridge,
}

impl Follower {
    /// Looks at the folder for as long as the stack runs.
    pub async fn follow(&mut self, up: &Up) {
        let mut taken = looks::at(&self.folder);
        let mut last = taken.clone();
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = looks::at(&self.folder);
            if now == last && now != taken {
                taken = now.clone();
                let taken_up = self.take_up().await;
                report(up, &self.folder, &taken_up);
            }
            last = now;
        }
    }

    /// The next invocations find the folder as it is now. Those that run end as they began.
    async fn take_up(&mut self) -> Result<Option<&'static str>, Failure> {
        let bot = check::read(&self.folder)?;
        if bot.knowledge.is_some() != self.bot.knowledge.is_some() {
            return Err("`[knowledge]` comes and goes with a start only: start again".into());
        }
        let next = self.copy.next(&self.folder)?;
        // It is the copy that will be read: the folder may have changed since it was checked.
        check::read(&next)?;
        self.copy.turn_to(&next)?;
        schedules::sync(&self.schedules, &bot).await?;
        self.lambda.retire();
        self.lambda.warm_all();
        let is_pinned = bot.model != self.bot.model;
        self.bot = bot;
        Ok(is_pinned.then_some("; another model is asked after the next start"))
    }
}

/// One line for people; with `--json` one for programs.
fn report(up: &Up, folder: &Path, taken_up: &Result<Option<&'static str>, Failure>) {
    let folder = folder.display();
    let event = match taken_up {
        Ok(but) => {
            eprintln!("{folder}: taken up{}", but.unwrap_or_default());
            json!({ "event": "bot", "taken_up": true })
        }
        Err(error) => {
            eprintln!("{error}\n{folder}: the bot goes on as it was");
            json!({ "event": "bot", "taken_up": false, "why": error.to_string() })
        }
    };
    if up.json {
        crate::up::say(&event);
    }
}
