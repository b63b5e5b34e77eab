//! The bot that is written to: the smallest there is, with the strategy that is asked for.

use domain::turn::Strategy;
use tempfile::TempDir;

use crate::cli::Failure;

/// A folder with the bot. It goes with the value.
pub fn folder(strategy: Strategy) -> Result<TempDir, Failure> {
    let name = strategy.name();
    let folder = tempfile::tempdir()?;
    let toml = format!(
        "name = \"chaos\"\nlanguages = [\"en\"]\nstrategy = \"{name}\"\n\n[model]\nname = \"openai::scripted\"\n"
    );
    std::fs::write(folder.path().join("bot.toml"), toml)?;
    std::fs::create_dir(folder.path().join("prompts"))?;
    std::fs::write(folder.path().join("prompts/default.md"), "Repeat what is said.\n")?;
    Ok(folder)
}
