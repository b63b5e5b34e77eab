//! The circuit to a model, shared by all instances: after several failures in a row nobody asks it for a while; then
//! one turn in all tries.

use crate::key::Token;
use crate::limits::Limits;
use crate::time::Millis;

/// The pause doubles with each opening in a row, at most so many times.
const DOUBLINGS_MAX: u64 = 4;

/// What all instances know of a model's health.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circuit {
    /// Counted by its changes; 0: nothing is stored.
    pub version: u64,
    /// Failures in a row.
    pub failures: u64,
    /// When the first of them was.
    pub failing_since: Millis,
    /// Nobody asks until then.
    pub open_until: Option<Millis>,
    /// How often it has opened in a row.
    pub openings: u64,
    /// Who tries, once the pause is over.
    pub probe: Option<Probe>,
}

/// The one turn that tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Its token.
    pub token: Token,
    /// From then on another may try: its process has died.
    pub until: Millis,
}

/// Whether a model may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// By anybody.
    Closed,
    /// By the one that makes itself the probe.
    HalfOpen,
    /// By nobody until then.
    Open(Millis),
}

impl Circuit {
    /// Whether the model may be asked now.
    pub fn passage(&self, now: Millis) -> Passage {
        let Some(open_until) = self.open_until else { return Passage::Closed };
        let blocked = self.probe.as_ref().map_or(open_until, |probe| probe.until.max(open_until));
        if blocked > now { Passage::Open(blocked) } else { Passage::HalfOpen }
    }

    /// With this turn as the probe.
    #[must_use]
    pub fn probed(&self, token: Token, until: Millis) -> Circuit {
        Circuit { version: self.version + 1, probe: Some(Probe { token, until }), ..self.clone() }
    }

    /// After an answer. `None`: nothing changes.
    #[must_use]
    pub fn succeeded(&self) -> Option<Circuit> {
        let is_clean = self.failures == 0 && self.open_until.is_none();
        (!is_clean).then(|| Circuit { version: self.version + 1, ..Circuit::default() })
    }

    /// After a failure of the turn with this token. `retry_after_ms`: the provider's own wish. `None`: nothing changes,
    /// for it was asked before the circuit opened.
    #[must_use]
    pub fn failed(
        &self,
        token: &Token,
        now: Millis,
        retry_after_ms: Option<u64>,
        limits: &Limits,
    ) -> Option<Circuit> {
        let was_probe = self.is_probed_by(token);
        if self.open_until.is_some() && !was_probe {
            return None;
        }
        let is_in_row = self.failures > 0 && now.since(self.failing_since) <= limits.circuit_window_ms;
        let failures = if is_in_row { self.failures + 1 } else { 1 };
        let opens = was_probe || failures >= limits.circuit_failures_max;
        let pause_ms = limits.circuit_open_ms << self.openings.min(DOUBLINGS_MAX);
        Some(Circuit {
            version: self.version + 1,
            failures,
            failing_since: if is_in_row { self.failing_since } else { now },
            open_until: opens.then(|| now + pause_ms.max(retry_after_ms.unwrap_or(0))),
            openings: self.openings + u64::from(opens),
            probe: None,
        })
    }

    /// After a probe that showed nothing: its user stopped it. `None`: nothing changes.
    #[must_use]
    pub fn given_up(&self, token: &Token) -> Option<Circuit> {
        self.is_probed_by(token).then(|| Circuit { version: self.version + 1, probe: None, ..self.clone() })
    }

    fn is_probed_by(&self, token: &Token) -> bool {
        self.probe.as_ref().is_some_and(|probe| probe.token == *token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000_000);

    fn token(name: &str) -> Token {
        Token(name.to_owned())
    }

    /// After so many failures at `NOW`.
    fn failing(times: u64) -> Circuit {
        let fails = |circuit: Circuit, _| {
            circuit.failed(&token("t"), NOW, None, &Limits::default()).unwrap_or(circuit)
        };
        (0..times).fold(Circuit::default(), fails)
    }

    #[test]
    fn it_opens_at_the_last_of_the_failures_in_a_row() {
        let limits = Limits::default();
        assert_eq!(failing(limits.circuit_failures_max - 1).passage(NOW), Passage::Closed);
        let open = failing(limits.circuit_failures_max);
        assert_eq!(open.passage(NOW), Passage::Open(NOW + limits.circuit_open_ms));
        assert_eq!(open.passage(NOW + limits.circuit_open_ms), Passage::HalfOpen);
    }

    #[test]
    fn failures_far_apart_are_not_in_a_row() {
        let limits = Limits::default();
        let earlier = failing(limits.circuit_failures_max - 1);
        let later = NOW + limits.circuit_window_ms + 1;
        let circuit = earlier.failed(&token("t"), later, None, &limits).unwrap();
        assert_eq!((circuit.failures, circuit.passage(later)), (1, Passage::Closed));
    }

    #[test]
    fn one_probe_in_all_decides() {
        let limits = Limits::default();
        let later = NOW + limits.circuit_open_ms;
        let probed = failing(limits.circuit_failures_max).probed(token("p"), later + 30_000);
        assert_eq!(probed.passage(later), Passage::Open(later + 30_000));
        assert_eq!(probed.failed(&token("other"), later, None, &limits), None);
        let again = probed.failed(&token("p"), later, None, &limits).unwrap();
        assert_eq!(again.passage(later), Passage::Open(later + 2 * limits.circuit_open_ms));
        assert_eq!(probed.succeeded().unwrap().passage(later), Passage::Closed);
        assert_eq!(probed.given_up(&token("p")).unwrap().passage(later), Passage::HalfOpen);
        // A probe whose process died blocks no longer than its turn.
        assert_eq!(probed.passage(later + 30_000), Passage::HalfOpen);
    }

    #[test]
    fn the_provider_s_own_pause_counts_when_it_is_longer() {
        let limits = Limits { circuit_failures_max: 1, ..Limits::default() };
        let open = Circuit::default().failed(&token("t"), NOW, Some(90_000), &limits).unwrap();
        assert_eq!(open.passage(NOW), Passage::Open(NOW + 90_000));
    }
}
