//! What was allowed, and what was not.

use std::collections::BTreeSet;

use serde::Serialize;

/// A role's right to an action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Right {
    /// The role's name.
    pub role: String,
    /// `service:Action`.
    pub action: String,
    /// The resource, as it is granted or as it was asked for.
    pub resource: String,
}

/// Everything so far.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Journal {
    /// Everything that the template grants.
    pub granted: BTreeSet<Right>,
    /// What of it was made use of.
    pub used: BTreeSet<Right>,
    /// What was asked for in vain.
    pub refused: BTreeSet<Right>,
}
