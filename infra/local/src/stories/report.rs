//! How the stories came out, for people and for programs.

use std::time::Duration;

use domain::Channel;
use serde_json::{Value, json};

use crate::cli::Failure;

/// A story that was told.
pub struct Told {
    /// The bot's folder.
    pub bot: String,
    /// The story's name.
    pub story: String,
    /// Its file.
    pub file: String,
    /// Where it was told.
    pub channel: Channel,
    /// How it came out.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

/// How a story came out.
pub enum Verdict {
    /// As written.
    Passed,
    /// Otherwise.
    Failed {
        /// The line in its file, from 1.
        line: usize,
        /// What was expected, and what came.
        what: String,
    },
    /// It cannot be told there.
    Skipped(&'static str),
}

/// A line for a story.
pub fn line(told: &Told) {
    let Told { story, file, channel, verdict, .. } = told;
    match verdict {
        Verdict::Passed => println!("ok       {story} ({channel})"),
        Verdict::Skipped(why) => println!("skipped  {story} ({channel}): {why}"),
        Verdict::Failed { line, what } => println!("FAILED   {story} ({channel}): {file}:{line}: {what}"),
    }
}

/// The summary, or the whole report as JSON. An error when a story has failed.
pub fn end(told: &[Told], as_json: bool) -> Result<(), Failure> {
    let count = |is: fn(&Verdict) -> bool| told.iter().filter(|told| is(&told.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed { .. }));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    if as_json {
        let stories: Vec<Value> = told.iter().map(json_of).collect();
        println!("{}", json!({ "stories": stories, "ok": passed, "failed": failed, "skipped": skipped }));
    } else {
        let took: Duration = told.iter().map(|told| told.took).sum();
        println!("{passed} ok, {failed} failed, {skipped} skipped in {:.1} s", took.as_secs_f64());
    }
    match failed {
        0 => Ok(()),
        failed => Err(format!("{failed} of {} stories failed", told.len()).into()),
    }
}

fn json_of(told: &Told) -> Value {
    let Told { bot, story, file, channel, verdict, took } = told;
    let (result, line, what) = match verdict {
        Verdict::Passed => ("ok", None, None),
        Verdict::Failed { line, what } => ("failed", Some(line), Some(what.as_str())),
        Verdict::Skipped(why) => ("skipped", None, Some(*why)),
    };
    let (channel, ms) = (channel.name(), took.as_millis());
    json!({
        "bot": bot, "story": story, "file": file, "channel": channel,
        "result": result, "line": line, "what": what, "ms": ms,
    })
}
