//! The chat platforms of the stack: stand-ins for those that the environment does not name.

use std::collections::BTreeMap;

use channels::{Use, Variable};
use stand_ins::chat::{Account, Handle, Options};
use stand_ins::{discord, line, messenger, slack, whatsapp};

use crate::cli::{Failure, Up};
use crate::clock::StackClock;
use crate::engines::bind;

/// The stand-ins by channel, and where every channel's calls go, by the name of its variable.
#[derive(Default)]
pub struct Platforms {
    /// Acting as their users.
    pub stand_ins: BTreeMap<&'static str, Handle>,
    /// `LINE_API_BASE` and so on.
    pub bases: BTreeMap<&'static str, String>,
    /// Channel to the stand-in's own address.
    pub urls: BTreeMap<&'static str, String>,
}

impl Platforms {
    /// Starts a stand-in for every platform that the environment names no base URL of. `front`: where webhooks are taken.
    pub async fn start(
        up: &Up,
        clock: &StackClock,
        front: &str,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Platforms, Failure> {
        let mut platforms = Platforms::default();
        for channel in channels::CHANNELS {
            let Some(account) = account(channel.name(), secrets) else { continue };
            let bases: Vec<(&'static str, &'static str)> = channels::variables()
                .filter(|(of, _)| of == channel)
                .filter_map(|(_, Variable { name, is })| match is {
                    Use::Base(usual) => Some((*name, *usual)),
                    _ => None,
                })
                .collect();
            if bases.iter().any(|(name, _)| up.given(name).is_some()) {
                continue;
            }
            let port = bind(0, "--port").await?;
            let webhook = Some(format!("{front}/webhook/{channel}"));
            let (base_url, clock) = (Some(port.url.clone()), clock.of_stand_ins());
            let stand_in = Handle::new(Options { webhook, base_url, clock, ..Options::new(account) })?;
            for (name, usual) in bases {
                platforms.bases.insert(name, format!("{}{}", port.url, path_of(usual)));
            }
            platforms.urls.insert(stand_in.channel(), port.url);
            let serving = stand_in.clone();
            tokio::spawn(async move { serving.serve(port.listener, std::future::pending()).await });
            platforms.stand_ins.insert(stand_in.channel(), stand_in);
        }
        Ok(platforms)
    }
}

/// What stands behind the host: `/api/v10` of `https://discord.com/api/v10`.
fn path_of(url: &str) -> &str {
    let host_and_path = url.split_once("://").map_or(url, |(_, rest)| rest);
    host_and_path.find('/').and_then(|at| host_and_path.get(at..)).unwrap_or_default()
}

/// The account that a stand-in has, with this stack's secrets. `None`: there is no such stand-in here.
fn account(channel: &str, secrets: &BTreeMap<String, String>) -> Option<Account> {
    // The current one of a comma-separated pair.
    let secret = |name: &str| {
        let values = secrets.get(name).map(String::as_str).unwrap_or_default();
        values.split(',').next().unwrap_or_default().to_owned()
    };
    Some(match channel {
        "line" => Account::Line(line::Account {
            channel_secret: secret("LINE_CHANNEL_SECRET"),
            access_token: secret("LINE_CHANNEL_ACCESS_TOKEN"),
            ..line::Account::default()
        }),
        "whatsapp" => Account::Whatsapp(whatsapp::Account {
            app_secret: secret("WHATSAPP_APP_SECRET"),
            verify_token: secret("WHATSAPP_VERIFY_TOKEN"),
            access_token: secret("WHATSAPP_ACCESS_TOKEN"),
            phone_number_id: secret("WHATSAPP_PHONE_NUMBER_ID"),
            ..whatsapp::Account::default()
        }),
        "messenger" => Account::Messenger(messenger::Account {
            app_secret: secret("MESSENGER_APP_SECRET"),
            verify_token: secret("MESSENGER_VERIFY_TOKEN"),
            page_access_token: secret("MESSENGER_PAGE_ACCESS_TOKEN"),
            ..messenger::Account::default()
        }),
        "slack" => Account::Slack(slack::Account {
            signing_secret: secret("SLACK_SIGNING_SECRET"),
            bot_token: secret("SLACK_BOT_TOKEN"),
            ..slack::Account::default()
        }),
        "discord" => Account::Discord(discord_account(&secret("DISCORD_BOT_TOKEN"))),
        _ => return None,
    })
}

/// Discord's stand-in signs with a key made from the bot's token, so that a restart keeps it.
fn discord_account(bot_token: &str) -> discord::Account {
    let mut seed = [0; 32];
    for (place, byte) in seed.iter_mut().zip(bot_token.bytes()) {
        *place = byte;
    }
    discord::Account { seed, bot_token: bot_token.to_owned(), ..discord::Account::default() }
}

/// What a channel needs and the environment does not have. `random`: 32 hexadecimal digits.
pub fn made_up(name: &str, random: &str) -> String {
    match name {
        // `<bot id>:<secret>`.
        "TELEGRAM_BOT_TOKEN" => format!("7100200300:{random}"),
        "WHATSAPP_PHONE_NUMBER_ID" => whatsapp::Account::default().phone_number_id,
        _ => random.to_owned(),
    }
}

/// What goes with another value, where a stand-in makes it so.
pub fn derived(name: &str, secrets: &BTreeMap<String, String>) -> Option<String> {
    let bot_token = secrets.get("DISCORD_BOT_TOKEN").filter(|_| name == "DISCORD_PUBLIC_KEY")?;
    Some(discord_account(bot_token).public_key_hex())
}
