//! What a run has shown, for people and for programs.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::figures::Latencies;
use super::press::Sent;
use super::scenario::Plan;
use super::usage::Spent;
use crate::chaos::verdict::Verdict;
use crate::cli::Failure;

/// What a run has shown.
pub struct Report {
    /// What was asked of the system.
    pub plan: Plan,
    /// Message by message, in the order in which they were due.
    pub course: Vec<Course>,
    /// Processor time and connections, draining included.
    pub spent: Spent,
    /// Whether the promise was kept.
    pub verdict: Verdict,
}

/// What became of one message, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// So long after the first.
    pub due: u64,
    /// The generator came round to it so much later.
    pub late: u64,
    /// From then on that it was due until it was acknowledged. `None`: not at the first delivery.
    pub acknowledged: Option<u64>,
    /// From then on that it was due until an answer with it was seen. `None`: no answer has it.
    pub answered: Option<u64>,
}

impl Report {
    /// Of what was sent and seen.
    pub fn of(
        plan: &Plan,
        sent: &[Sent],
        seen: &HashMap<String, u64>,
        spent: Spent,
        verdict: Verdict,
    ) -> Report {
        let first_ms = sent.iter().map(|sent| sent.due_ms).min().unwrap_or(0);
        let course = |sent: &Sent| Course {
            due: sent.due_ms - first_ms,
            late: sent.begun_ms.saturating_sub(sent.due_ms),
            acknowledged: sent.is_acknowledged.then(|| sent.ended_ms.saturating_sub(sent.due_ms)),
            answered: seen.get(&sent.word).map(|at| at.saturating_sub(sent.due_ms)),
        };
        let mut course: Vec<Course> = sent.iter().map(course).collect();
        course.sort_by_key(|course| course.due);
        Report { plan: plan.clone(), course, spent, verdict }
    }

    /// An error when anything was lost or doubled, or a delivery was not acknowledged at once though nothing was broken.
    pub fn judge(&self) -> Result<(), Failure> {
        let (wrong, seed) = (self.verdict.violations.len(), self.plan.seed);
        if wrong > 0 {
            return Err(format!("the load run found {wrong} violations; seed {seed}").into());
        }
        match self.failures() {
            failures if failures > 0 && self.plan.kill_every.is_none() => {
                Err(format!("{failures} deliveries were not acknowledged at the first attempt; seed {seed}")
                    .into())
            }
            _ => Ok(()),
        }
    }

    fn failures(&self) -> usize {
        self.course.iter().filter(|course| course.acknowledged.is_none()).count()
    }

    /// Messages a second, as they were acknowledged from the first to the last.
    fn rate(&self) -> f64 {
        let ends = self.course.iter().filter_map(|course| Some(course.due + course.acknowledged?));
        let (count, last_ms) = ends.fold((0_u32, 1), |(count, last), end| (count + 1, last.max(end)));
        f64::from(count) * 1_000.0 / f64::from(u32::try_from(last_ms).unwrap_or(u32::MAX))
    }

    /// Of those that were answered: how many had been written and not been answered at a time, at the most.
    fn waiting_most(&self) -> usize {
        let answered =
            self.course.iter().filter_map(|course| Some((course.due, course.due + course.answered?)));
        let mut steps: Vec<(u64, bool)> =
            answered.flat_map(|(due, answered)| [(due, true), (answered, false)]).collect();
        // Of a moment, answers first.
        steps.sort_unstable();
        let (mut waiting, mut most) = (0_usize, 0);
        for (_, comes) in steps {
            waiting = if comes { waiting + 1 } else { waiting.saturating_sub(1) };
            most = most.max(waiting);
        }
        most
    }

    fn latencies(&self, of: impl Fn(&Course) -> Option<u64>) -> Option<Latencies> {
        Latencies::of(self.course.iter().filter_map(of))
    }

    /// Processor milliseconds for each message, by who used them.
    fn spent_each(&self) -> Vec<(&'static str, f64)> {
        let messages = u32::try_from(self.course.len()).unwrap_or(u32::MAX).max(1);
        let each = |ms: u64| f64::from(u32::try_from(ms).unwrap_or(u32::MAX)) / f64::from(messages);
        let functions = self.spent.functions.iter().map(|(function, ms)| (*function, each(*ms)));
        functions.chain([("generator and stand-ins", each(self.spent.own_ms))]).collect()
    }

    /// For people.
    pub fn print(&self) {
        let Report { plan, verdict, .. } = self;
        println!(
            "{}: {} messages of {} users, {:.1} a second wanted, {:.1} acknowledged; L = {}, model {} ms, seed {}",
            plan.name,
            self.course.len(),
            plan.users,
            plan.rate,
            self.rate(),
            plan.cap,
            plan.call_ms,
            plan.seed
        );
        let unanswered = self.course.iter().filter(|course| course.answered.is_none()).count();
        for (what, latencies) in [
            ("acknowledged", self.latencies(|course| course.acknowledged)),
            ("answered    ", self.latencies(|course| course.answered)),
            ("generator   ", self.latencies(|course| Some(course.late))),
        ] {
            println!("{what}  {}", latencies.map_or_else(String::new, |all| all.sentence()));
        }
        println!(
            "not acknowledged at the first delivery {}, without an answer {unanswered}; of those answered, waiting at a time, at the most {}",
            self.failures(),
            self.waiting_most()
        );
        let spent: Vec<String> = self.spent_each().iter().map(|(who, ms)| format!("{who} {ms:.2}")).collect();
        println!("processor milliseconds a message: {}", spent.join(", "));
        let opened: Vec<String> =
            self.spent.connections.iter().map(|(server, opened)| format!("{server} {opened}")).collect();
        println!("connections opened to: {}", opened.join(", "));
        verdict.print(plan.seed);
    }

    /// For programs.
    pub fn as_json(&self) -> Value {
        let Report { plan, .. } = self;
        let latencies = |of: fn(&Course) -> Option<u64>| self.latencies(of).map(|all| all.as_json());
        json!({
            "scenario": plan.name,
            "seed": plan.seed,
            "users": plan.users,
            "messages": self.course.len(),
            "cap": plan.cap,
            "call_ms": plan.call_ms,
            "rate_wanted": plan.rate,
            "rate_acknowledged": self.rate(),
            "acknowledged": latencies(|course| course.acknowledged),
            "answered": latencies(|course| course.answered),
            "generator_late": latencies(|course| Some(course.late)),
            "failures": self.failures(),
            "unanswered": self.course.iter().filter(|course| course.answered.is_none()).count(),
            "waiting_most": self.waiting_most(),
            "connections": self.spent.connections,
            "cpu_ms_per_message": self.spent_each().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "verdict": self.verdict.as_json(plan.seed),
        })
    }
}
