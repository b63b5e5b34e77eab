//! A model that answers by script, over the HTTP APIs of OpenAI and of Amazon Bedrock.
//!
//! Without rules it says what it heard, labelled as scripted, so nobody takes it for a real model.
//! `script` decides, `wire` and `converse` word the answer, `journal` remembers what became of each request, `meaning` turns texts
//! into vectors.
mod converse;
mod frames;
mod journal;
mod meaning;
mod script;
mod server;
mod wire;

pub use journal::{Outcome, Record};
pub use meaning::embedded;
pub use script::{Call, Rule};
pub use server::{Handle, Options, serve};
