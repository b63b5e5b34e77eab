//! What an owner says in one language or several.

use crate::spanned::Spanned;
use domain::wording::Phrase;

use crate::file::PhraseFile;
use crate::sections::Complaint;

/// A phrase that says something in every language it names.
pub(crate) fn phrase(written: &Spanned<PhraseFile>) -> Result<Phrase, Complaint> {
    let at = written.span().start;
    match written.get_ref() {
        PhraseFile::Same(text) if text.trim().is_empty() => Err((at, "this says nothing".to_owned())),
        PhraseFile::Same(text) => Ok(Phrase::same(text.trim())),
        PhraseFile::ByLanguage(texts) if texts.is_empty() => Err((at, "this says nothing".to_owned())),
        PhraseFile::ByLanguage(texts) => {
            let silent = texts.iter().find(|(_, text)| text.trim().is_empty());
            if let Some((language, _)) = silent {
                return Err((at, format!("this says nothing in `{language}`")));
            }
            let texts = texts.iter().map(|(language, text)| (language.clone(), text.trim().to_owned()));
            Ok(Phrase::of(texts.collect()))
        }
    }
}

/// The same, where it may be left out.
pub(crate) fn if_any(written: Option<&Spanned<PhraseFile>>) -> Result<Option<Phrase>, Complaint> {
    written.map(phrase).transpose()
}
