//! dead-letter
