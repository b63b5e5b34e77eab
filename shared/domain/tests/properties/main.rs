//! What holds for every text, tried on many that nobody thought of.

mod splitting;
