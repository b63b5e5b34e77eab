//! What holds for every text, identity and mailbox, tried on many that nobody thought of.

mod identities;
mod mailboxes;
mod splitting;
