//! Where each platform says that its webhooks go, and what went wrong with the last of them.

use channels::Credentials;
use domain::Channel;
use serde_json::Value;

use super::finding::Finding;

/// A question to a platform.
struct Look {
    url: String,
    /// The value of `authorization`.
    authorization: Option<String>,
    /// What its answer says of webhooks that should go there.
    read: fn(&Value, &str) -> Said,
}

/// What a platform says.
enum Said {
    /// They go there. How they fare, if it tells.
    There(String),
    /// They go elsewhere, or nowhere.
    Elsewhere(String),
    /// They go there, and fail.
    Failing(String),
    /// The token is good; where they go only the console knows.
    Silent,
    /// The token is not good.
    Refused(String),
}

/// `None`: that channel has no platform behind it, or lacks what asking needs.
pub async fn examine(channel: Channel, credentials: &Credentials, base_url: &str) -> Option<Finding> {
    let look = look(channel.name(), credentials)?;
    let wanted = format!("{}/webhook/{channel}", base_url.trim_end_matches('/'));
    let answer = match ask(&look).await {
        Ok(answer) => answer,
        Err(why) => {
            let remedy =
                format!("is the token of {channel} the current one? docs/channels.md says where it is found");
            return Some(Finding::wrong("webhook", format!("{channel}: {why}"), remedy));
        }
    };
    Some(match (look.read)(&answer, &wanted) {
        Said::There(how) => Finding::ok("webhook", format!("{channel}: updates go to {wanted}{how}")),
        Said::Silent => {
            Finding::ok("webhook", format!("{channel}: the token is good; its console has to name {wanted}"))
        }
        Said::Refused(why) => {
            let remedy = "docs/channels.md says where the current token is found";
            Finding::wrong("webhook", format!("{channel}: the token is refused ({why})"), remedy)
        }
        Said::Elsewhere(place) => {
            let place = if place.is_empty() { "nowhere".to_owned() } else { format!("to {place}") };
            let remedy =
                format!("`turnwise register {channel} {base_url}`, or its console: docs/channels.md");
            Finding::wrong("webhook", format!("{channel}: updates go {place}, not to {wanted}"), remedy)
        }
        Said::Failing(why) => {
            let remedy = "the platform delivers again for hours: mend what it says, and look again";
            Finding::warn("webhook", format!("{channel}: updates go to {wanted}, {why}"), remedy)
        }
    })
}

async fn ask(look: &Look) -> Result<Value, String> {
    let request = reqwest::Client::new().get(&look.url).timeout(std::time::Duration::from_secs(10));
    let request = match &look.authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    };
    // The URL may hold the token.
    let answer =
        request.send().await.map_err(|error| format!("it does not answer: {}", error.without_url()))?;
    let status = answer.status();
    let said: Value = answer.json().await.unwrap_or_default();
    if status.is_success() { Ok(said) } else { Err(format!("it answers {}", status.as_u16())) }
}

fn look(channel: &str, credentials: &Credentials) -> Option<Look> {
    let bearer = |name: &str| Some(format!("Bearer {}", credentials.one(name)?));
    Some(match channel {
        // <https://core.telegram.org/bots/api#getwebhookinfo>
        "telegram" => Look {
            url: format!(
                "{}/bot{}/getWebhookInfo",
                credentials.base("TELEGRAM_API_BASE"),
                credentials.one("TELEGRAM_BOT_TOKEN")?
            ),
            authorization: None,
            read: of_telegram,
        },
        // <https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information>
        "line" => Look {
            url: format!("{}/v2/bot/channel/webhook/endpoint", credentials.base("LINE_API_BASE")),
            authorization: Some(bearer("LINE_CHANNEL_ACCESS_TOKEN")?),
            read: of_line,
        },
        // <https://docs.discord.com/developers/resources/application#get-current-application>
        "discord" => Look {
            url: format!("{}/applications/@me", credentials.base("DISCORD_API_BASE")),
            authorization: Some(format!("Bot {}", credentials.one("DISCORD_BOT_TOKEN")?)),
            read: |said, wanted| there(text(said, "/interactions_endpoint_url"), wanted),
        },
        // <https://docs.slack.dev/reference/methods/auth.test>
        "slack" => Look {
            url: format!("{}/auth.test", credentials.base("SLACK_API_BASE")),
            authorization: Some(bearer("SLACK_BOT_TOKEN")?),
            read: of_slack,
        },
        // <https://developers.facebook.com/docs/whatsapp/embedded-signup/webhooks/override>: `webhook_configuration`.
        "whatsapp" => Look {
            url: format!(
                "{}/{}?fields=webhook_configuration",
                credentials.base("WHATSAPP_API_BASE"),
                credentials.one("WHATSAPP_PHONE_NUMBER_ID")?
            ),
            authorization: Some(bearer("WHATSAPP_ACCESS_TOKEN")?),
            read: |said, wanted| match text(said, "/webhook_configuration/application") {
                "" => Said::Silent,
                place => there(place, wanted),
            },
        },
        // <https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps>
        "messenger" => Look {
            url: format!("{}/me/subscribed_apps", credentials.base("MESSENGER_API_BASE")),
            authorization: Some(bearer("MESSENGER_PAGE_ACCESS_TOKEN")?),
            read: of_messenger,
        },
        _ => return None,
    })
}

fn text<'v>(said: &'v Value, place: &str) -> &'v str {
    said.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

fn there(place: &str, wanted: &str) -> Said {
    if place == wanted { Said::There(String::new()) } else { Said::Elsewhere(place.to_owned()) }
}

fn of_telegram(said: &Value, wanted: &str) -> Said {
    let waiting = said.pointer("/result/pending_update_count").and_then(Value::as_u64).unwrap_or(0);
    match (text(said, "/result/url"), text(said, "/result/last_error_message")) {
        (place, _) if place != wanted => Said::Elsewhere(place.to_owned()),
        // It keeps the last error for good: it is news only while updates wait.
        (_, error) if !error.is_empty() && waiting > 0 => {
            Said::Failing(format!("{waiting} wait, and the last failed: {error}"))
        }
        _ => Said::There(format!(", {waiting} on their way")),
    }
}

fn of_line(said: &Value, wanted: &str) -> Said {
    let is_active = said.get("active").and_then(Value::as_bool).unwrap_or(true);
    match there(text(said, "/endpoint"), wanted) {
        Said::There(_) if !is_active => {
            Said::Failing("and are switched off (Use webhook, in its console)".to_owned())
        }
        said => said,
    }
}

/// Slack answers 200 to everything.
fn of_slack(said: &Value, _: &str) -> Said {
    match (said.get("ok").and_then(Value::as_bool), text(said, "/error")) {
        (Some(true), _) => Said::Silent,
        (_, error) => Said::Refused(error.to_owned()),
    }
}

fn of_messenger(said: &Value, _: &str) -> Said {
    let apps = said.get("data").and_then(Value::as_array).into_iter().flatten();
    let mut fields = apps.filter_map(|app| app.get("subscribed_fields")?.as_array()).flatten();
    if fields.any(|field| field == "messages") { Said::Silent } else { Said::Elsewhere(String::new()) }
}
