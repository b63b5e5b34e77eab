//! What something took, beside what came of it.

/// A result, and the tokens that it took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metered<T> {
    /// What was asked for.
    pub result: T,
    /// Tokens read and written.
    pub tokens: (u64, u64),
    /// Whether the provider did not count them, and they are our own estimate.
    pub is_estimated: bool,
}

impl<T> Metered<T> {
    /// Counted by the provider, or else estimated.
    pub(crate) fn of(result: T, counted: Option<(u64, u64)>, estimated: (u64, u64)) -> Metered<T> {
        Metered { result, tokens: counted.unwrap_or(estimated), is_estimated: counted.is_none() }
    }
}
