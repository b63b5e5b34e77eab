//! Every text of the labelled set, a JSON array `[role, text]` a line, for `embed.py`.
#![expect(clippy::unwrap_used, reason = "a tool of the tests")]

mod set;

fn main() {
    let passages = set::passages().iter().map(|passage| ("passage", passage.searched())).collect::<Vec<_>>();
    let questions = set::FILES.into_iter().flat_map(set::questions).map(|question| ("query", question.text));
    let small_talk = knowledge::Index::SMALL_TALK.map(|text| ("query", text.to_owned()));
    for (role, text) in passages.into_iter().chain(questions).chain(small_talk) {
        println!("{}", serde_json::json!([role, text]));
    }
}
