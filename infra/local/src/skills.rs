//! What the bot's folder alone cannot tell: that its prompts can be filled in, and its tools be run.

use std::path::Path;

use bot::Bot;
use skills::Skills;
use startup::Secrets;

use crate::cli::Failure;

/// Looks for what the processor would find at its start.
pub fn check(folder: &Path, bot: &Bot) -> Result<(), Failure> {
    if bot
        .channel
        .as_deref()
        .is_some_and(|channel| !channels::CHANNELS.iter().any(|known| known.name() == channel))
    {
        let known: Vec<&str> = channels::CHANNELS.iter().map(domain::Channel::name).collect();
        return Err(format!(
            "{}: `channel` must be one of {}",
            folder.join("bot.toml").display(),
            known.join(", ")
        )
        .into());
    }
    let data = startup::read_data(folder, bot)?;
    let named = io::config::named_values(
        "TOOL_SECRETS",
        &Secrets::default().one("TOOL_SECRETS").unwrap_or_default(),
    )?;
    let wrong = |error: skills::SkillError| format!("{}/{error}", folder.display());
    Skills::of(bot, &data, &named).map_err(wrong)?;
    Ok(())
}
