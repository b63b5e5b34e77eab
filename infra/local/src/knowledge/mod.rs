//! `knowledge`: the owner's documents become an index, and an index is asked.

mod build;
mod elsewhere;
mod embedding;
mod folder;
mod trial;

pub use embedding::SCRIPTED;
pub use trial::Trial;

use std::path::Path;

use bot::{Bot, Engine};
use knowledge::{Index, Search};
use vectors::{Engine as _, S3Vectors};

use crate::cli::{Failure, Knowledge};
use build::build;
use embedding::Embedding;

/// Longest beginning of a passage that is shown, in characters.
const SHOWN_CHARS_MAX: usize = 160;

/// Does what was asked.
pub fn run(command: &Knowledge) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Knowledge::Build { bot, to } => build_of(bot, to.as_deref()).await,
            Knowledge::Search { bot, question, from } => search(bot, question, from.as_deref()).await,
        }
    })
}

async fn build_of(folder: &Path, to: Option<&Path>) -> Result<(), Failure> {
    let bot = knowing(folder)?;
    let engine = bot.knowledge.as_ref().map(|knowledge| knowledge.engine).unwrap_or_default();
    let embedding = Embedding::of(bot).await?;
    let to = to.map_or_else(|| folder.join(Index::FILE), Path::to_owned);
    let built = match engine {
        Engine::File => build(folder, &to, &embedding).await?,
        Engine::S3Vectors => elsewhere::build(folder, &to, &embedding, &owners(&embedding).await?).await?,
    };
    println!("{}: {built}", to.display());
    Ok(())
}

async fn search(folder: &Path, question: &str, from: Option<&Path>) -> Result<(), Failure> {
    let bot = knowing(folder)?;
    let embedding = Embedding::of(bot).await?;
    let from = from.map_or_else(|| folder.join(Index::FILE), Path::to_owned);
    let index = read(&from, &embedding.name)?;
    let vector = embedding.question(question).await?;
    let near = match index.edition() {
        None => index.near(&vector),
        Some(edition) => index.near_elsewhere(&owners(&embedding).await?.near(edition, &vector).await?),
    };
    let (passages, min_score) = (embedding.knowledge.passages, Some(embedding.knowledge.min_score));
    let found = index.search(&Search { text: question, near: &near, passages, min_score });
    if found.is_empty() {
        println!("nothing relevant");
    }
    for found in found {
        let text: String = found.passage.text.chars().take(SHOWN_CHARS_MAX).collect();
        let (score, coverage) = (found.score.unwrap_or(0.0), found.coverage);
        println!(
            "{}\n  meaning {score:.2}, words {coverage:.2}\n  {}",
            found.passage.source,
            text.replace('\n', "\n  ")
        );
    }
    Ok(())
}

/// The owner's way to the vectors of the environment. What the scripted model makes has no place in an account.
async fn owners(embedding: &Embedding) -> Result<S3Vectors, Failure> {
    let place = processor::vector_place()?;
    if embedding.is_scripted() && io::config::optional("AWS_ENDPOINT_URL_S3VECTORS").is_none() {
        return Err("the scripted model's vectors are not written into an account: the embedding model's key is missing \
             in the environment"
            .into());
    }
    Ok(S3Vectors::connect_as_owner(place).await)
}

/// The bot of a folder, which has to have documents.
fn knowing(folder: &Path) -> Result<Bot, Failure> {
    let mut bot = startup::read_bot(folder)?;
    if bot.knowledge.is_none() {
        let file = folder.join("bot.toml");
        return Err(format!(
            "{}: there is no [knowledge]; docs/knowledge.md says what it is",
            file.display()
        )
        .into());
    }
    if let Some(model) = io::config::optional("EMBEDDING_MODEL") {
        bot.embedding_model = model;
    }
    Ok(bot)
}

/// An index that was built with the embedding of this name.
fn read(from: &Path, name: &str) -> Result<Index, Failure> {
    let fails = |why: &dyn std::fmt::Display| format!("{}: {why}", from.display());
    let bytes = std::fs::read(from).map_err(|error| format!("{}; run `knowledge build`", fails(&error)))?;
    Index::from_bytes(&bytes, name).map_err(|error| fails(&error).into())
}
