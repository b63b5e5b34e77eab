//! What a bot knows and how it sorts messages: `[knowledge]` and `[classify]`.

use crate::spanned::Spanned;
use domain::{Class, ClassWords};

use crate::file::{ClassifyFile, KnowledgeFile};
use crate::sections::Complaint;

/// Documents to answer from.
#[derive(Debug, Clone, PartialEq)]
pub struct Knowledge {
    /// Most passages for one answer.
    pub passages: usize,
    /// How much nearer than small talk the best passage must be, for anything to be found: 0 (as near) to 1 (the same words).
    pub min_score: f32,
    /// What the embedding model wants before a question.
    pub question_prefix: String,
    /// And before a passage.
    pub passage_prefix: String,
}

impl Default for Knowledge {
    fn default() -> Knowledge {
        Knowledge {
            passages: STANDARD_PASSAGES,
            min_score: 0.0,
            question_prefix: String::new(),
            passage_prefix: String::new(),
        }
    }
}

/// How messages are sorted into classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Classify {
    /// By their words.
    Rules(ClassWords),
    /// By the model, with a request of its own.
    Model,
}

/// Passages of one answer when nothing is said.
const STANDARD_PASSAGES: usize = 3;

/// More would crowd the prompt.
const PASSAGES_MAX: usize = 10;

pub(crate) fn knowledge(file: Option<&KnowledgeFile>) -> Result<Option<Knowledge>, Complaint> {
    let Some(file) = file else { return Ok(None) };
    Ok(Some(Knowledge {
        passages: passages(file.passages.as_ref())?,
        min_score: min_score(file.min_score.as_ref())?,
        question_prefix: file.question_prefix.clone(),
        passage_prefix: file.passage_prefix.clone(),
    }))
}

fn passages(written: Option<&Spanned<i64>>) -> Result<usize, Complaint> {
    let Some(written) = written else { return Ok(STANDARD_PASSAGES) };
    let number =
        usize::try_from(*written.get_ref()).ok().filter(|number| (1..=PASSAGES_MAX).contains(number));
    let what = || format!("`passages` is {}; it must be from 1 to {PASSAGES_MAX}", written.get_ref());
    number.ok_or_else(|| (written.span().start, what()))
}

#[expect(clippy::cast_possible_truncation, reason = "a share, compared with others of single precision")]
fn min_score(written: Option<&Spanned<f64>>) -> Result<f32, Complaint> {
    let Some(written) = written else { return Ok(0.0) };
    let score = *written.get_ref();
    if (0.0..=1.0).contains(&score) {
        return Ok(score as f32);
    }
    Err((written.span().start, format!("`min_score` is {score}; it must be from 0 to 1")))
}

pub(crate) fn classify(file: Option<&ClassifyFile>) -> Result<Option<Classify>, Complaint> {
    let Some(file) = file else { return Ok(None) };
    let texts =
        |words: &[Spanned<String>]| words.iter().map(|word| word.get_ref().clone()).collect::<Vec<_>>();
    let (statement, small_talk) = (texts(&file.statement), texts(&file.small_talk));
    match (file.by.get_ref().as_str(), file.statement.first().or(file.small_talk.first())) {
        ("rules", _) => {
            let words = ClassWords::standard().with(Class::Statement, statement.iter().map(String::as_str));
            let words = words.with(Class::SmallTalk, small_talk.iter().map(String::as_str));
            Ok(Some(Classify::Rules(words)))
        }
        ("model", None) => Ok(Some(Classify::Model)),
        ("model", Some(stray)) => Err((
            stray.span().start,
            "the model sorts by meaning: words belong to `by = \"rules\"`".to_owned(),
        )),
        (other, _) => Err((file.by.span().start, format!("`by` is `{other}`; it must be rules or model"))),
    }
}
