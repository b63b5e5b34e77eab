//! What a turn leaves behind outside its conversation, settled when the user has been answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::budget::Spending;
use domain::{Circuit, Question, Token};

use crate::paying::Reserved;
use crate::recalling::Asked;

/// What a turn has begun elsewhere. Its process may die before it is settled: everything here lapses by itself.
#[derive(Default)]
pub(crate) struct Traces {
    begun: AtomicBool,
    has_told_heard: AtomicBool,
    trials: Mutex<Vec<Trial>>,
    reserved: Mutex<Vec<Reserved>>,
    asked: Mutex<Vec<Asked>>,
}

/// A model that was asked, for its circuit.
pub(crate) struct Trial {
    /// The model's name.
    pub link: String,
    /// Its circuit as seen before.
    pub seen: Circuit,
    pub showed: Showed,
}

/// What asking a model showed of its health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Showed {
    /// It has not answered yet.
    NotYet,
    /// It answers.
    Health,
    /// It does not, and wishes not to be asked for so long.
    Failure(Option<u64>),
    /// Nothing: the request was wrong, or its user stopped it.
    Nothing,
}

impl Traces {
    /// Of a turn; whether a worker that died may have begun it.
    pub(crate) fn of(taken_over: bool) -> Traces {
        Traces { begun: AtomicBool::new(taken_over), ..Traces::default() }
    }

    /// A model is asked or an answer written: from then on the lease is never given back, for another turn, with other
    /// messages, would not look where they are.
    pub(crate) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    pub(crate) fn begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// The user has been told what was heard.
    pub(crate) fn tells_heard(&self) {
        self.has_told_heard.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_told_heard(&self) -> bool {
        self.has_told_heard.load(Ordering::Relaxed)
    }

    pub(crate) fn asks(&self, link: &str, seen: Circuit) {
        self.trials().push(Trial { link: link.to_owned(), seen, showed: Showed::NotYet });
    }

    /// What the model asked last has shown. `false`: that is known already.
    pub(crate) fn showed(&self, showed: Showed) -> bool {
        let mut trials = self.trials();
        let last = trials.last_mut().filter(|trial| trial.showed == Showed::NotYet);
        last.map(|last| last.showed = showed).is_some()
    }

    pub(crate) fn take_trials(&self) -> Vec<Trial> {
        std::mem::take(&mut self.trials())
    }

    /// A name for the turn's next reservation, which nobody else uses.
    pub(crate) fn name(&self, token: &Token) -> String {
        format!("{}.{}", token.0, locked(&self.reserved).len())
    }

    pub(crate) fn reserves(&self, reserved: Reserved) {
        locked(&self.reserved).push(reserved);
    }

    /// What the last request came to, once that is known.
    pub(crate) fn spent(&self, spent: Option<Spending>) {
        if let Some(last) = locked(&self.reserved).last_mut() {
            last.spent = spent;
        }
    }

    pub(crate) fn take_reserved(&self) -> Vec<Reserved> {
        std::mem::take(&mut locked(&self.reserved))
    }

    pub(crate) fn asks_for_all(&self, question: Question) {
        locked(&self.asked).push(Asked { question, answer: None });
    }

    /// The answer to a question that is asked for all.
    pub(crate) fn answers(&self, question: &Question, text: &str) {
        if let Some(asked) = locked(&self.asked).iter_mut().find(|asked| asked.question == *question) {
            asked.answer = Some(text.to_owned());
        }
    }

    pub(crate) fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut locked(&self.asked))
    }

    fn trials(&self) -> MutexGuard<'_, Vec<Trial>> {
        locked(&self.trials)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
