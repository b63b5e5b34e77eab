//! The one seam to the world: the table, the queues, the clock and chance, and the HTTP client's trait.
//!
//! Everything a function does outside its own memory is a value handed to [`World`] or [`Http`]. In
//! production the AWS SDK stands behind it ([`aws::Aws`]); a simulation stands there too, and evaluates the
//! very expressions that [`table::expressions`] holds.

pub mod world;

pub mod table;

pub mod envelope;
pub mod queues;

pub mod account;
pub mod aws;
pub mod clock;
pub mod config;
pub mod disk;
pub mod metrics;
pub mod parameters;

pub use table::Table;
pub use world::{Http, World};
