//! A session token is worth something only as it was issued.

#![no_main]

use arbitrary::Arbitrary;
use channels::web::Session;
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

#[derive(Debug, Arbitrary)]
struct Attempt<'a> {
    id: u128,
    secret: String,
    previous: String,
    forged: &'a str,
    /// What is written over the issued token, and where.
    edits: Vec<(u8, char)>,
}

fuzz_target!(|attempt: Attempt| {
    let id = Uuid::from_u128(attempt.id);
    let secrets = [attempt.secret, attempt.previous];
    let token = Session::issue(id, &secrets[1..]).expect("there is a secret");
    let session = Session::prove(&token, &secrets).expect("the previous secret is still good");
    assert_eq!(session.id(), id.simple().to_string());
    for text in [edited(&token, &attempt.edits), attempt.forged.to_owned()] {
        let is_issued =
            |secret: &String| Session::issue(id, std::slice::from_ref(secret)).as_ref() == Some(&text);
        assert_eq!(Session::prove(&text, &secrets).is_some(), secrets.iter().any(is_issued), "{text:?}");
    }
});

fn edited(token: &str, edits: &[(u8, char)]) -> String {
    let mut characters: Vec<char> = token.chars().collect();
    for (at, character) in edits {
        let at = usize::from(*at) % characters.len();
        characters[at] = *character;
    }
    characters.into_iter().collect()
}
