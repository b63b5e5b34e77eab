//! `vectors.bin`: the real vectors of the labelled set.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

/// Numbers of a vector.
const DIMENSIONS: usize = 384;

pub struct Vectors(HashMap<[u8; 32], Vec<f32>>);

impl Vectors {
    pub fn read() -> Vectors {
        let bytes = std::fs::read(crate::set::folder().join("vectors.bin")).unwrap();
        let heading = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        let records = bytes[heading + 1..].chunks_exact(32 + 4 * DIMENSIONS);
        assert!(records.remainder().is_empty(), "vectors.bin is whole");
        let vector = |numbers: &[u8]| {
            numbers.chunks_exact(4).map(|number| f32::from_le_bytes(number.try_into().unwrap())).collect()
        };
        Vectors(records.map(|record| (record[..32].try_into().unwrap(), vector(&record[32..]))).collect())
    }

    /// The vector of a text that asks (`query`) or answers (`passage`).
    pub fn of(&self, role: &str, text: &str) -> Vec<f32> {
        let name: [u8; 32] = Sha256::digest(format!("{role} {text}").as_bytes()).into();
        let vector = self.0.get(&name).cloned();
        vector.unwrap_or_else(|| panic!("vectors.bin has no `{text}`: make it again, as embed.py says"))
    }
}
