//! `register`: tells a platform where this bot takes its webhooks.

use channels::{Credentials, Registration, encoder};
use domain::Channel;
use http_client::HttpClient;
use io::world::Http;

use crate::cli::{Failure, Register};

/// Milliseconds to wait for the platform: it may try the webhook before it answers.
const TIMEOUT_MS: u64 = 20_000;

/// Longest part of a platform's complaint that is shown, in characters.
const COMPLAINT_CHARS_MAX: usize = 300;

/// Makes the calls, and says what each of them has done.
pub fn run(options: &Register) -> Result<(), Failure> {
    let channel = Channel::named(&options.channel).and_then(|channel| Some((channel, encoder(channel)?)));
    let Some((channel, encoder)) = channel.filter(|(channel, _)| *channel != Channel::WEB) else {
        let names: Vec<_> =
            channels::CHANNELS.iter().filter(|c| **c != Channel::WEB).map(Channel::name).collect();
        return Err(
            format!("there is no platform `{}`; there are: {}", options.channel, names.join(", ")).into()
        );
    };
    let host = options.host.trim_end_matches('/');
    if !host.starts_with("https://") && !host.starts_with("http://127.0.0.1") {
        return Err(format!("platforms call HTTPS only: give https://HOST, not `{host}`").into());
    }
    let url = format!("{host}/webhook/{channel}");
    let credentials = Credentials::read(|_| true, io::config::secrets, TIMEOUT_MS);
    let steps = encoder.registration(&url, &credentials)?;
    if steps.is_empty() {
        println!("{channel} is set up in its console: enter {url} there; docs/channels.md has the steps");
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(make(steps))?;
    println!("{channel}: done, webhooks go to {url}");
    Ok(())
}

async fn make(steps: Vec<Registration>) -> Result<(), Failure> {
    let http = HttpClient::new(&domain::Limits::default()).map_err(|error| error.to_string())?;
    for Registration { does, request } in steps {
        match http.send(request).await {
            Ok(answer) if (200..300).contains(&answer.status) => println!("{does}: {}", answer.status),
            Ok(answer) => {
                let said: String =
                    String::from_utf8_lossy(&answer.body).chars().take(COMPLAINT_CHARS_MAX).collect();
                return Err(
                    format!("not done: {does}. The platform answers {}: {said}", answer.status).into()
                );
            }
            Err(error) => {
                return Err(format!("not done: {does}. The platform gave no answer ({error:?})").into());
            }
        }
    }
    Ok(())
}
