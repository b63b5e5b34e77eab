//! Stand-ins for what Turnwise talks to: SQS, a model, chat platforms. They import no production crate.
