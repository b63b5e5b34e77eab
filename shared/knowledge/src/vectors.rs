//! Vectors, and the exact search among them.

use crate::edition::Edition;

/// Most bytes of vectors kept as 32-bit numbers. Beyond it each number is one byte: the index travels inside the bot's folder,
/// which on Lambda shares 250 MB with the code, and is held in the memory of every sandbox. The limit is 10,900 passages
/// of 384 numbers, or 2,700 of 1,536.
pub(crate) const FULL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How the numbers of a vector are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floating point.
    Full,
    /// One byte each, the greatest being 127.
    Bytes,
}

impl Precision {
    /// What suits so many vectors of so many dimensions.
    pub(crate) fn fitting(count: usize, dimensions: usize) -> Precision {
        let bytes = count.saturating_mul(dimensions).saturating_mul(4);
        if bytes > FULL_BYTES_MAX { Precision::Bytes } else { Precision::Full }
    }
}

/// Where a text points, without its length: one byte for each number, the greatest being 127.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direction(pub Vec<i8>);

impl Direction {
    /// Of a vector.
    pub fn of(vector: &[f32]) -> Direction {
        let greatest = vector.iter().fold(f32::MIN_POSITIVE, |greatest, value| greatest.max(value.abs()));
        #[expect(clippy::cast_possible_truncation, reason = "from -127 to 127 after the division")]
        let byte = |value: &f32| (value / greatest * 127.0).round() as i8;
        Direction(vector.iter().map(byte).collect())
    }

    /// The cosine with a vector. `None`: they cannot be compared.
    pub fn cosine(&self, vector: &[f32]) -> Option<f32> {
        let Direction(other) = Direction::of(vector);
        let lengths = (product(&self.0, &self.0) * product(&other, &other)).sqrt();
        (other.len() == self.0.len()).then(|| product(&self.0, &other) / lengths.max(1.0))
    }

    /// As a vector again, of another length.
    pub fn vector(&self) -> Vec<f32> {
        self.0.iter().map(|byte| f32::from(*byte)).collect()
    }
}

/// The vectors of all passages, each of length 1 or, as bytes, with its length beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Vectors {
    Full {
        dimensions: usize,
        numbers: Vec<f32>,
    },
    /// With the length of each row.
    Bytes {
        dimensions: usize,
        numbers: Vec<i8>,
        lengths: Vec<f32>,
    },
    /// Another engine has them.
    Elsewhere {
        dimensions: usize,
        edition: Edition,
    },
}

impl Vectors {
    /// `None`: they have not all the same number of dimensions.
    pub(crate) fn of(vectors: &[Vec<f32>], precision: Precision) -> Option<Vectors> {
        let dimensions = vectors.first().map_or(0, Vec::len);
        if vectors.iter().any(|vector| vector.len() != dimensions) {
            return None;
        }
        Some(match precision {
            Precision::Full => Vectors::Full {
                dimensions,
                numbers: vectors.iter().flat_map(|vector| unit(vector)).collect(),
            },
            Precision::Bytes => {
                let rows = vectors.iter().flat_map(|vector| Direction::of(vector).0);
                Vectors::bytes(dimensions, rows.collect())
            }
        })
    }

    pub(crate) fn bytes(dimensions: usize, numbers: Vec<i8>) -> Vectors {
        let rows = numbers.chunks_exact(dimensions.max(1));
        let lengths = rows.map(|row| product(row, row).sqrt()).collect();
        Vectors::Bytes { dimensions, numbers, lengths }
    }

    pub(crate) fn dimensions(&self) -> usize {
        match self {
            Vectors::Full { dimensions, .. }
            | Vectors::Bytes { dimensions, .. }
            | Vectors::Elsewhere { dimensions, .. } => *dimensions,
        }
    }

    /// `None`: they are here.
    pub(crate) fn edition(&self) -> Option<&Edition> {
        match self {
            Vectors::Elsewhere { edition, .. } => Some(edition),
            Vectors::Full { .. } | Vectors::Bytes { .. } => None,
        }
    }

    /// The vector of a passage, of any length.
    pub(crate) fn vector(&self, at: usize) -> Option<Vec<f32>> {
        let dimensions = self.dimensions();
        let range = at.checked_mul(dimensions)?..at.checked_add(1)?.checked_mul(dimensions)?;
        match self {
            Vectors::Full { numbers, .. } => numbers.get(range).map(<[f32]>::to_vec),
            Vectors::Bytes { numbers, .. } => numbers.get(range).map(|row| Direction(row.to_vec()).vector()),
            Vectors::Elsewhere { .. } => None,
        }
    }

    /// The cosine with each passage, in their order. Empty when the vectors cannot be compared.
    pub(crate) fn cosines(&self, vector: &[f32]) -> Vec<f32> {
        let dimensions = self.dimensions();
        if dimensions == 0 || vector.len() != dimensions {
            return Vec::new();
        }
        match self {
            Vectors::Full { numbers, .. } => {
                let vector = unit(vector);
                numbers.chunks_exact(dimensions).map(|row| dot(row, &vector)).collect()
            }
            Vectors::Bytes { numbers, lengths, .. } => {
                let Direction(vector) = Direction::of(vector);
                let length = product(&vector, &vector).sqrt();
                let rows = numbers.chunks_exact(dimensions).zip(lengths);
                rows.map(|(row, own)| product(row, &vector) / (own * length).max(1.0)).collect()
            }
            Vectors::Elsewhere { .. } => Vec::new(),
        }
    }
}

/// The same direction with length 1.
pub(crate) fn unit(vector: &[f32]) -> Vec<f32> {
    let length = dot(vector, vector).sqrt().max(f32::MIN_POSITIVE);
    vector.iter().map(|value| value / length).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Sums of whole numbers: the compiler makes vector instructions of this loop.
#[expect(
    clippy::cast_precision_loss,
    reason = "at most 127 * 127 * 4,096, which a cosine does not need exactly"
)]
fn product(a: &[i8], b: &[i8]) -> f32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_point_nearly_where_the_numbers_did() {
        let vectors = vec![vec![0.3, -0.4, 0.1], vec![3.0, 0.0, 1.0]];
        let asked = [0.2, -0.1, 0.3];
        let full = Vectors::of(&vectors, Precision::Full).unwrap().cosines(&asked);
        let bytes = Vectors::of(&vectors, Precision::Bytes).unwrap().cosines(&asked);
        for (full, bytes) in full.iter().zip(&bytes) {
            assert!((full - bytes).abs() < 0.01, "{full} {bytes}");
        }
    }

    #[test]
    fn what_cannot_be_compared_finds_nothing() {
        assert_eq!(Vectors::of(&[vec![1.0], vec![1.0, 2.0]], Precision::Full), None);
        let vectors = Vectors::of(&[vec![1.0, 0.0]], Precision::Full).unwrap();
        assert_eq!(vectors.cosines(&[1.0]), [] as [f32; 0]);
        assert_eq!(vectors.cosines(&[0.0, 0.0]), [0.0]);
        assert_eq!(Vectors::of(&[], Precision::Full).unwrap().cosines(&[]), [] as [f32; 0]);
    }

    #[test]
    fn large_bases_are_kept_as_bytes() {
        assert_eq!(Precision::fitting(10_000, 384), Precision::Full);
        assert_eq!(Precision::fitting(10_000, 1_536), Precision::Bytes);
    }
}
