//! This machine's stack, as a deployment of the template.

use super::Parameters;
use crate::cli::Up;
use crate::settings::StackSettings;

/// What the template is told so that it says what runs here.
pub fn parameters(up: &Up, settings: &StackSettings) -> Parameters {
    let bot = up.bot.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let given = [
        ("AWS::StackName", up.name.clone()),
        ("Environment", "dev".to_owned()),
        ("Bot", bot),
        ("ModelConcurrency", up.model_concurrency.to_string()),
        ("UrgentConcurrency", settings.urgent_concurrency.to_string()),
        ("WebSocket", "yes".to_owned()),
    ];
    given.map(|(name, value)| (name.to_owned(), value)).into()
}
