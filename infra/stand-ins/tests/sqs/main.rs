//! SQS as its callers see it: the rules under virtual time, the wire, the disk, and a process that is killed.
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
