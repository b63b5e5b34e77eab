//! What a payload points at is fetched only where the platform itself keeps it.

use channels::encoder;
use domain::{Media, MediaKind};
use url::Url;

use super::{credentials, platforms};

/// Where the platforms keep what their users attach, and the path below which they do.
const KEPT_AT: [&str; 9] = [
    "https://api.telegram.org/bot",
    "https://api.telegram.org/file/bot",
    "https://api-data.line.me/v2/bot/message/",
    "https://graph.facebook.com/v",
    "https://cdn.discordapp.com/",
    "https://media.discordapp.net/",
    "https://files.slack.com/",
    "https://scontent.xx.fbcdn.net/",
    "https://cdn.fbsbx.com/",
];

/// Of this machine and its network, of the cloud's own, of anybody: and names that only look right.
const ELSEWHERE: [&str; 15] = [
    "http://127.0.0.1:8000/",
    "http://localhost/",
    "http://[::1]/",
    "http://10.0.0.7/",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://169.254.170.2/v2/credentials",
    "https://evil.example/a.png",
    "https://cdn.discordapp.com.evil.example/a.png",
    "https://cdn.discordapp.com@evil.example/a.png",
    "https://evilfbcdn.net/a.png",
    "http://files.slack.com/a.png",
    "https://files.slack.com:8443/a.png",
    "file:///etc/passwd",
    "../../../v2/bot/info",
    "?x=1#y",
];

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for channel in platforms() {
        for handle in ELSEWHERE {
            let media = Media {
                kind: MediaKind::Image,
                handle: handle.to_owned(),
                mime: None,
                size: None,
                duration_ms: None,
                name: None,
            };
            let Ok(call) = encoder(channel).unwrap().fetch(&media, 10, &credentials()) else { continue };
            let called = Url::parse(&call.url).unwrap();
            let is_kept_there = KEPT_AT.iter().any(|place| called.as_str().starts_with(place));
            assert!(is_kept_there, "{channel} fetches {handle} from {called}");
        }
    }
}
