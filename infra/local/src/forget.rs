//! `forget`: everything a user wrote goes, and everything that was made of it.

use std::io::{BufRead, IsTerminal, Write};
use std::time::Duration;

use domain::MessageHash;
use io::aws::Aws;
use io::table::{Forgotten, Table};
use io::world::World;

use crate::cli::{Failure, Forget};
use crate::whose::{Place, widest};

/// How long what was stopped may take until it is settled: a worker notices within half a second, the dead one's lease ends
/// within its deadline.
const LOOKS: u32 = 90;

/// Erases, and prints what has gone.
pub fn run(options: &Forget) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let place = Place::of(&options.whose).await?;
        let world = place.table.world();
        let table = Table::of(&world);
        if table.mailbox(&place.conversation).await?.is_none() {
            println!("{}: nothing is stored", place.conversation);
            return Ok(());
        }
        if !options.yes && !agrees(&place)? {
            return Err("nothing was touched".into());
        }
        erase(&place, &world).await
    })
}

/// Asks whoever sits there.
fn agrees(place: &Place) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err("this cannot be undone: without a terminal, say --yes".into());
    }
    print!("Everything of {} will be erased for good. Type yes: ", place.conversation);
    std::io::stdout().flush()?;
    let mut said = String::new();
    std::io::stdin().lock().read_line(&mut said)?;
    Ok(said.trim() == "yes")
}

/// The fence first, then what it covers once that is settled. Broken off, it is begun anew.
async fn erase(place: &Place, world: &Aws) -> Result<(), Failure> {
    let (table, conversation) = (Table::of(world), &place.conversation);
    let event = MessageHash::of(&format!("erasure {}", world.token()));
    let reminders = table.state(conversation).await?.reminders;
    let chosen = table.erase(conversation, &event).await?.unwrap_or_default();
    for _ in 0..LOOKS {
        if table.unsettled(conversation).await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let alarms = reminders.iter().map(|reminder| reminder.name.as_str());
    let alarms = silence(place, alarms.collect()).await;
    let Forgotten { subscriptions, reminders, .. } = chosen;
    let gone = table.forget(conversation, &widest()?).await?;
    let gone = Forgotten { subscriptions, reminders, ..gone };
    print_gone(place, &gone, alarms);
    match gone.unsettled {
        0 => Ok(()),
        some => Err(format!("{some} messages are still being settled; run it again in a minute").into()),
    }
}

/// Deletes the alarms of reminders. One that stays rings once, and finds nothing to say.
async fn silence(place: &Place, names: Vec<&str>) -> usize {
    let Some((endpoint, group)) = &place.alarms else { return 0 };
    let client = crate::resources::scheduler(endpoint.as_deref()).await;
    let mut silenced = 0;
    for name in names {
        silenced += usize::from(client.delete_schedule().group_name(group).name(name).send().await.is_ok());
    }
    silenced
}

fn print_gone(place: &Place, gone: &Forgotten, alarms: usize) {
    println!("{}: erased", place.conversation);
    for (what, count) in [
        ("messages", gone.messages),
        ("transcripts", gone.spoken),
        ("answers", gone.answers),
        ("a person's words", gone.acts),
        ("notes", gone.notes),
        ("subscriptions", gone.subscriptions),
        ("reminders", gone.reminders),
        ("alarms", alarms as u64),
        ("dead letters", gone.dead_letters),
    ] {
        println!("  {what:<16} {count:>6}");
    }
    println!("Copies in queues and backups go by themselves: docs/privacy.md says when.");
}
