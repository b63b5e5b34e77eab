//! A stretch of network between two parts: a reverse proxy that delays, cuts and refuses, as told.
//!
//! Faults stand here and not in the parts, so that every part can be reached without them, and what a fault does is
//! real: a connection that ends without an answer, an answer that never comes back, an error in the words of the
//! service that it stands for.
mod refusals;
mod server;
mod weather;

pub use refusals::Service;
pub use server::Handle;
pub use weather::{Damage, Fate, Weather};
