//! What every function does in Lambda's init phase, before its first event: read the environment, read the bot,
//! read the secrets, connect to the stack. A mistake of the owner ends the function here, with a sentence.

mod keys;
mod secrets;

use std::path::{Path, PathBuf};

use bot::{Bot, BotError, Files, ToolWork};
use io::World;
use io::aws::Aws;
use io::clock::Clock;
use io::config::{self, ConfigError, Resources};
use io::parameters::ParametersError;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use keys::{Failure, Keys, Source};
pub use secrets::{OWNER_TOKEN, SECRET_CHARS_MIN, Secrets};

/// Why a function does not start. The owner has to correct it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The bot folder.
    #[error(transparent)]
    Bot(#[from] BotError),
    /// A secret that can be guessed.
    #[error("each value of {0} must have at least {1} characters, none of them a comma")]
    ShortSecret(&'static str, usize),
    /// The place where secrets stand. It passes: Lambda starts the function again.
    #[error(transparent)]
    Secrets(#[from] ParametersError),
    /// The disk.
    #[error("{path}: {why}", path = path.display())]
    Unreadable {
        /// Which folder or file.
        path: PathBuf,
        /// The operating system's words.
        why: std::io::Error,
    },
}

/// Origins whose pages may talk to the bot: `ALLOWED_ORIGINS`, as `https://shop.example,https://help.example`.
pub fn allowed_origins() -> Vec<String> {
    let origins = config::optional("ALLOWED_ORIGINS").unwrap_or_default();
    origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(ToOwned::to_owned).collect()
}

/// The bot of `BOT_DIR`, with `TURNWISE_SET` applied, the stack of the environment, connected, and the function's secrets.
pub async fn start() -> Result<(Bot, Aws, Source), StartError> {
    let mut bot = read_bot(Path::new(&config::required("BOT_DIR")?))?;
    config::apply_settings(&mut bot.limits)?;
    if let Some(model) = config::optional("MODEL") {
        bot.model = model;
    }
    if let Some(model) = config::optional("EMBEDDING_MODEL") {
        bot.embedding_model = model;
    }
    let aws = Aws::connect(Resources::from_env()?);
    let (source, ()) = tokio::join!(Box::pin(Source::open(aws.now())), aws.warm());
    Ok((bot, aws, source?))
}

/// The bot of a folder.
pub fn read_bot(folder: &Path) -> Result<Bot, StartError> {
    let mut files = Files::new();
    for (prefix, inside) in [
        ("", folder.to_owned()),
        ("prompts/", folder.join("prompts")),
        ("material/", folder.join("material")),
    ] {
        read_texts(&inside, prefix, &mut files)
            .map_err(|why| StartError::Unreadable { path: inside, why })?;
    }
    Ok(Bot::of(folder, &files)?)
}

/// The files that the bot's tools search, by path inside its folder.
pub fn read_data(folder: &Path, bot: &Bot) -> Result<Files, StartError> {
    let mut files = Files::new();
    for tool in bot.tools.values() {
        if let ToolWork::Search(search) = &tool.does {
            let path = folder.join(&search.file);
            let text = std::fs::read_to_string(&path).map_err(|why| StartError::Unreadable { path, why })?;
            files.insert(search.file.clone(), text);
        }
    }
    Ok(files)
}

/// Reads the `.toml` and `.md` files that lie directly in a folder. A folder that is not there has none.
fn read_texts(folder: &Path, prefix: &str, files: &mut Files) -> std::io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_text = path.extension().is_some_and(|extension| extension == "toml" || extension == "md");
        if let (true, Some(name)) = (is_text, path.file_name()) {
            files.insert(format!("{prefix}{}", name.to_string_lossy()), std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// Logs as Lambda is configured: JSON lines by default, level by `AWS_LAMBDA_LOG_LEVEL` or `RUST_LOG`.
pub fn log() {
    let level = config::optional("AWS_LAMBDA_LOG_LEVEL").or_else(|| config::optional("RUST_LOG"));
    let lines = tracing_subscriber::fmt::layer().with_target(false).without_time().with_ansi(false);
    let heard = tracing_subscriber::registry().with(heard(level.as_deref()));
    if config::optional("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        heard.with(lines.json()).init();
    } else {
        heard.with(lines).init();
    }
}

/// What is heard, by the module that speaks. (`EnvFilter`, which also knows spans, brings regular expressions with the
/// tables of all of Unicode into every function.)
///
/// The provider library writes whole requests and answers into its own log lines: it is never heard.
fn heard(level: Option<&str>) -> Targets {
    let asked_for = level.and_then(|level| level.parse().ok());
    let asked_for = asked_for.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    asked_for.with_target("genai", LevelFilter::OFF)
}

/// The machine's clock, for programs that have no seam.
pub fn now() -> domain::Millis {
    Clock::default().now()
}

/// The exit code of a function that ends by itself. Why it cannot go on stands in the log as a sentence: an error that `main`
/// returned would be printed in the form for programmers. Lambda reports `Runtime.ExitError` and starts it anew.
pub fn ended(how: Result<(), Box<dyn std::error::Error + Send + Sync>>) -> std::process::ExitCode {
    match how {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function cannot run");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn what_is_asked_for_is_heard_and_the_provider_library_never() {
        for asked_for in ["trace", "INFO", "debug,genai=trace", "turn=no-such-level"] {
            assert!(heard(Some(asked_for)).would_enable("turn::work", &Level::INFO), "{asked_for}");
            assert!(!heard(Some(asked_for)).would_enable("genai::client", &Level::ERROR), "{asked_for}");
        }
        assert!(heard(None).would_enable("turn", &Level::INFO));
        assert!(!heard(None).would_enable("turn", &Level::DEBUG));
        assert!(heard(Some("warn,turn=debug")).would_enable("turn", &Level::DEBUG));
        assert!(!heard(Some("off")).would_enable("turn", &Level::ERROR));
    }
}
