//! Building an index whose vectors Amazon S3 Vectors has: what is new is written there first, then the file is replaced,
//! and what neither the new file nor the replaced one names is taken away.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use knowledge::{Edition, Fingerprint, Index, Outsourced, Passage};
use models::EMBEDDED_AT_ONCE_MAX;
use vectors::S3Vectors;

use super::build::{Built, line, progress, replace, standing};
use super::embedding::Embedding;
use super::folder;
use crate::cli::Failure;

/// Most passages by which small talk is measured: up to so many, by all.
const SAMPLE_MAX: usize = 1_000;

/// A vector by what it stands for.
type Vectors = HashMap<Fingerprint, Vec<f32>>;

/// Makes the index of a bot's documents. Whoever searches meanwhile finds the old passages, and so does a deployment that
/// still has the file that was replaced. Broken off, it is simply run again.
pub async fn build(
    bot: &Path,
    to: &Path,
    embedding: &Embedding,
    vectors: &S3Vectors,
) -> Result<Built, Failure> {
    let (passages, files) = folder::passages(bot)?;
    let replaced = standing(to, embedding)?;
    let small_talk = embedding.questions(&Index::SMALL_TALK.map(ToOwned::to_owned)).await?;
    let dimensions = small_talk.first().map_or(0, Vec::len);
    vectors.prepare(dimensions).await?;
    let there = there(vectors, &embedding.bot).await?;
    let edition = Edition::new(&embedding.bot, &embedding.name, now_s());
    let writing = Writing { embedding, vectors, edition: &edition, sampled: sampled(&passages) };
    let (written, embedded) = writing.write(&passages, &there).await?;
    let sample = writing.sample(written).await?;
    let model = embedding.name.clone();
    let made = Outsourced { model: model.clone(), passages, dimensions, edition, sample, small_talk };
    let index = Index::outsourced(made);
    let file = index.to_bytes();
    replace(to, &file)?;
    let gone = gone(&there, &index, replaced.as_ref());
    vectors.delete(&gone).await?;
    let (passages, gone, bytes) = (index.passages().len(), gone.len(), file.len());
    Ok(Built { files, passages, embedded, gone, dimensions, bytes, model })
}

/// The keys of the bot's vectors.
async fn there(vectors: &S3Vectors, bot: &str) -> Result<BTreeSet<String>, Failure> {
    let there = vectors.standing(bot, |count| line(&format!("{count} vectors looked at"), false)).await?;
    line(&format!("{} vectors of this bot are there", there.len()), true);
    Ok(there)
}

/// What is new on its way to the engine.
struct Writing<'b> {
    embedding: &'b Embedding,
    vectors: &'b S3Vectors,
    edition: &'b Edition,
    sampled: HashSet<Fingerprint>,
}

impl Writing<'_> {
    /// Embeds and writes what is not there, a request's worth at a time. Answers those vectors of the sample that were
    /// among it, and how many vectors it was.
    async fn write(
        &self,
        passages: &[Passage],
        there: &BTreeSet<String>,
    ) -> Result<(Vectors, usize), Failure> {
        let new = self.missing(passages, there);
        let mut sample = Vectors::new();
        for (at, batch) in new.chunks(EMBEDDED_AT_ONCE_MAX).enumerate() {
            progress("passages embedded and written", at * EMBEDDED_AT_ONCE_MAX, new.len());
            let texts: Vec<String> = batch.iter().map(|passage| passage.searched()).collect();
            let made = self.embedding.passages(&texts).await?;
            let made: Vec<_> = batch.iter().map(|passage| passage.fingerprint()).zip(made).collect();
            self.vectors.put(self.edition, &made).await?;
            sample.extend(made.into_iter().filter(|(of, _)| self.sampled.contains(of)));
        }
        progress("passages embedded and written", new.len(), new.len());
        Ok((sample, new.len()))
    }

    /// The passages whose vectors are not there, each text once.
    fn missing<'p>(&self, passages: &'p [Passage], there: &BTreeSet<String>) -> Vec<&'p Passage> {
        let mut seen = HashSet::new();
        let is_new = |passage: &&Passage| {
            let fingerprint = passage.fingerprint();
            !there.contains(&self.edition.key(&fingerprint)) && seen.insert(fingerprint)
        };
        passages.iter().filter(is_new).collect()
    }

    /// The sample's vectors: those written now, and those that were there.
    async fn sample(&self, written: Vectors) -> Result<Vec<Vec<f32>>, Failure> {
        let old = self.sampled.iter().filter(|of| !written.contains_key(of));
        let old: Vec<String> = old.map(|of| self.edition.key(of)).collect();
        let mut sample: Vec<Vec<f32>> = written.into_values().collect();
        sample.extend(self.vectors.vectors(&old).await?);
        Ok(sample)
    }
}

/// The passages by which small talk is measured, spread over all documents.
fn sampled(passages: &[Passage]) -> HashSet<Fingerprint> {
    let step = passages.len().div_ceil(SAMPLE_MAX).max(1);
    passages.iter().step_by(step).map(Passage::fingerprint).collect()
}

/// The vectors of passages that neither index has. A deployment may still search the replaced one, so when nobody knows what
/// it had, nothing is gone.
fn gone(there: &BTreeSet<String>, index: &Index, replaced: Option<&Index>) -> Vec<String> {
    let Some(replaced) = replaced else { return Vec::new() };
    let keys = |index: &Index| -> BTreeSet<String> {
        let edition = index.edition().cloned().unwrap_or_default();
        index.passages().iter().map(|passage| edition.key(&passage.fingerprint())).collect()
    };
    let (new, old) = (keys(index), keys(replaced));
    there.iter().filter(|key| !new.contains(*key) && !old.contains(*key)).cloned().collect()
}

#[expect(clippy::disallowed_methods, reason = "the owner's command is where an index gets its date")]
fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
