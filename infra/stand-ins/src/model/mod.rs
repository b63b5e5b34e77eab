//! A model that answers by script, over the HTTP API of OpenAI.
//!
//! Without rules it says what it heard, labelled as scripted, so nobody takes it for a real model.
//! `script` decides, `wire` words the answer, `journal` remembers what became of each request, `meaning` turns texts
//! into vectors.
mod journal;
mod meaning;
mod script;
mod server;
mod wire;

pub use journal::{Outcome, Record};
pub use meaning::embedded;
pub use script::{Call, Rule};
pub use server::{Handle, Options, serve};
