//! SQS as its callers see it: the rules under virtual time, the wire, the disk, and a process that is killed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]
mod at_random;
mod dead_letters;
mod deduplication;
mod disk;
mod killed;
mod limits;
mod order;
mod receipts;
mod waiting;
mod wire;
mod world;
