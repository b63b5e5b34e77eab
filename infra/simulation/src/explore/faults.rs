//! What goes wrong in a run, and how often.

use fastrand::Rng;

/// Probabilities, in thousandths, at every step where the fault can happen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// A process dies between two calls over the seam.
    pub crash: u32,
    /// The SDK repeats a write that had succeeded.
    pub repeated_write: u32,
    /// A doorbell is swallowed.
    pub lost_doorbell: u32,
    /// A call to the table fails, before or after its effect, and its caller lives on.
    pub table_failure: u32,
    /// A call to a queue fails, before or after its effect.
    pub queue_failure: u32,
    /// A worker sleeps past its lease and wakes as a zombie.
    pub zombie: u32,
    /// The platform's answer to a send is lost after it was taken.
    pub unknown_send: u32,
    /// The platform takes nothing for now (429).
    pub refused_send: u32,
    /// The model fails, is too busy, or panics.
    pub model_failure: u32,
    /// The clock jumps by seconds.
    pub jump: u32,
    /// An invocation starts when most of its message's visibility is gone.
    pub held_back: bool,
    /// Webhooks come late, twice, or out of order; clocks are off by 30 seconds.
    pub platform: bool,
    /// A processor dies as it starts.
    pub processor_dies: u32,
    /// These calls over the seam, counted from 1, kill their caller: before their effect, or (true) after it.
    pub crash_at: Vec<(u64, bool)>,
    /// The same, but the caller sleeps past its lease and goes on.
    pub sleep_at: Vec<(u64, bool)>,
    /// After so many calls nothing goes wrong any more, and the run must settle.
    pub until_call: u64,
}

impl Faults {
    /// No faults.
    pub fn none() -> Faults {
        Faults { until_call: u64::MAX, ..Faults::default() }
    }

    /// Some mixture, quiet runs included.
    pub fn drawn(rng: &mut Rng) -> Faults {
        if rng.u32(0..100) < 15 {
            return Faults::none();
        }
        let mut one_of = |choices: &[u32]| rng.choice(choices.iter().copied()).unwrap_or(0);
        let crash = one_of(&[0, 10, 30, 80]);
        Faults {
            crash,
            repeated_write: one_of(&[0, 50, 200]),
            lost_doorbell: one_of(&[0, 0, 100, 400]),
            table_failure: one_of(&[0, 0, 20, 100]),
            queue_failure: one_of(&[0, 0, 20, 100]),
            zombie: one_of(&[0, 0, 0, 0, 0, 10]),
            unknown_send: one_of(&[0, 0, 50]),
            refused_send: one_of(&[0, 0, 100]),
            model_failure: one_of(&[0, 0, 100, 400]),
            jump: one_of(&[0, 10]),
            processor_dies: one_of(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 950]),
            held_back: crash > 0,
            platform: one_of(&[0, 1, 1]) == 1,
            until_call: u64::from(one_of(&[200, 600, 1_500])),
            ..Faults::default()
        }
    }
}
