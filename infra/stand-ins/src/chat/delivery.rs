//! When a webhook counts as delivered, and when it is tried again: the platforms differ in numbers only.
use super::platform::Sealed;
use reqwest::Method;
use std::ops::RangeInclusive;
use std::time::Duration;

pub(crate) struct Redelivery {
    /// An answer after this is none.
    pub(crate) answer_within: Duration,
    /// The statuses that end the matter.
    pub(crate) accepted: RangeInclusive<u16>,
    pub(crate) pauses: Pauses,
    /// A header with which a failing answer forbids more attempts.
    pub(crate) stop_header: Option<&'static str>,
}

/// The waits before the second attempt, the third and so on.
pub(crate) enum Pauses {
    Never,
    Fixed(&'static [Duration]),
    /// Each twice as long as the one before, up to the longest, for as long as the life lasts.
    Doubling {
        first: Duration,
        longest: Duration,
        life: Duration,
    },
}

impl Pauses {
    /// The wait after so many failures; `None` when the platform gives up.
    pub(crate) fn after(&self, failures: u32) -> Option<Duration> {
        let earlier = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
        match self {
            Self::Never => None,
            Self::Fixed(pauses) => pauses.get(earlier).copied(),
            Self::Doubling { first, longest, life } => {
                let pause = |n: u32| first.saturating_mul(2_u32.saturating_pow(n)).min(*longest);
                let waited: Duration = (0..failures).map(pause).sum();
                (waited <= *life).then(|| pause(failures.saturating_sub(1)))
            }
        }
    }
}

/// How one attempt ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempted {
    /// Absent when there was no answer in time.
    pub(crate) status: Option<u16>,
    pub(crate) timed_out: bool,
    /// The answer forbids more attempts.
    pub(crate) stopped: bool,
    pub(crate) body: Vec<u8>,
}

/// One request to the bot's webhook.
pub(crate) async fn attempt(
    http: &reqwest::Client,
    url: &str,
    sealed: Sealed,
    rules: &Redelivery,
) -> Attempted {
    let (method, url) = match &sealed.query {
        Some(query) => (Method::GET, format!("{url}?{query}")),
        None => (Method::POST, url.to_owned()),
    };
    let request = http.request(method, url).timeout(rules.answer_within).body(sealed.body);
    let request =
        sealed.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    match request.send().await {
        Err(error) => Attempted { timed_out: error.is_timeout(), ..Attempted::default() },
        Ok(answer) => {
            let status = Some(answer.status().as_u16());
            let stop = |name| answer.headers().get(name).is_some_and(|value| value == "1");
            let stopped = rules.stop_header.is_some_and(stop);
            match answer.bytes().await {
                Ok(body) => Attempted { status, stopped, body: body.to_vec(), timed_out: false },
                Err(error) => Attempted { timed_out: error.is_timeout(), ..Attempted::default() },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubling_pauses_grow_to_the_longest_and_end_with_the_life() {
        let seconds = Duration::from_secs;
        let pauses = Pauses::Doubling { first: seconds(5), longest: seconds(15), life: seconds(40) };
        let all: Vec<_> = (1..=5).map(|failures| pauses.after(failures)).collect();
        assert_eq!(all, [Some(seconds(5)), Some(seconds(10)), Some(seconds(15)), None, None]);
    }

    #[test]
    fn fixed_pauses_are_used_up() {
        const TWO: [Duration; 2] = [Duration::ZERO, Duration::from_mins(1)];
        let pauses = Pauses::Fixed(&TWO);
        let all: Vec<_> = (1..=3).map(|failures| pauses.after(failures)).collect();
        assert_eq!(all, [Some(Duration::ZERO), Some(Duration::from_mins(1)), None]);
        assert_eq!(Pauses::Never.after(1), None);
    }
}
