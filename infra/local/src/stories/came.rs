//! What came of a step, compared with what was written.

use bot::Spanned;
use domain::{Outcome, State};
use serde_json::{Map, Value, json};

use super::file::StepFile;
use super::telling::{Came, Miss};

/// The first thing that is not as written.
pub fn compare(step: &StepFile, came: &Came) -> Option<Miss> {
    let heard = came.heard.join("\n");
    let last = came.asked.last().map(String::as_str).unwrap_or_default();
    said(step.hears.as_ref(), "hear", &heard)
        .or_else(|| unsaid(step.hears_not.as_ref(), "hear", &heard))
        .or_else(|| buttons(step.buttons.as_ref(), came.buttons.as_deref()))
        .or_else(|| outcome(step.outcome.as_ref(), came.outcome))
        .or_else(|| requests(step, came.asked.len()))
        .or_else(|| each_said(step.model_hears.as_ref(), last))
        .or_else(|| unsaid(step.model_hears_not.as_ref(), "see in the model's request", last))
        .or_else(|| state(step.state.as_ref(), &came.state))
}

/// Whether a label is the one meant: some platforms cut long ones.
pub fn is_label(shown: &str, meant: &str) -> bool {
    let cut = shown.trim_end_matches('…').trim_end();
    shown == meant || (cut.chars().count() >= 12 && meant.starts_with(cut))
}

/// Texts in this order.
fn said(wanted: Option<&Spanned<Vec<String>>>, verb: &str, text: &str) -> Option<Miss> {
    let wanted = wanted?;
    let plain = plain(text);
    let stands = |text: &str| {
        let mut rest = text;
        wanted
            .get_ref()
            .iter()
            .find(|part| match rest.split_once(part.as_str()) {
                Some((_, after)) => {
                    rest = after;
                    false
                }
                None => true,
            })
            .cloned()
    };
    let missing = stands(text).and_then(|_| stands(&plain))?;
    Some(Miss { at: wanted.span().start, what: format!("expected to {verb} {missing:?}; heard {text:?}") })
}

/// Texts in any order.
fn each_said(wanted: Option<&Spanned<Vec<String>>>, text: &str) -> Option<Miss> {
    let wanted = wanted?;
    let missing = wanted.get_ref().iter().find(|part| !text.contains(part.as_str()))?;
    let what = format!("expected to see {missing:?} in the model's last request; it was {text:?}");
    Some(Miss { at: wanted.span().start, what })
}

fn unsaid(unwanted: Option<&Spanned<Vec<String>>>, verb: &str, text: &str) -> Option<Miss> {
    let unwanted = unwanted?;
    let plain = plain(text);
    let stands = |part: &&String| text.contains(part.as_str()) || plain.contains(part.as_str());
    let found = unwanted.get_ref().iter().find(stands)?;
    Some(Miss {
        at: unwanted.span().start,
        what: format!("expected not to {verb} {found:?}; it was {text:?}"),
    })
}

fn buttons(wanted: Option<&Spanned<Vec<String>>>, shown: Option<&[String]>) -> Option<Miss> {
    let (wanted, shown) = (wanted?, shown?);
    let labels = wanted.get_ref();
    let alike =
        labels.len() == shown.len() && shown.iter().zip(labels).all(|(shown, meant)| is_label(shown, meant));
    let what = || format!("expected the buttons {labels:?}; there are {shown:?}");
    (!alike).then(|| Miss { at: wanted.span().start, what: what() })
}

fn outcome(wanted: Option<&Spanned<String>>, came: Option<Outcome>) -> Option<Miss> {
    let wanted = wanted?;
    let name = came.map_or("none", Outcome::name);
    let what = || format!("expected the outcome `{}`; it is `{name}`", wanted.get_ref());
    (wanted.get_ref() != name).then(|| Miss { at: wanted.span().start, what: what() })
}

/// As many as are told, or as many as the story tells the model what to do with.
fn requests(step: &StepFile, asked: usize) -> Option<Miss> {
    let told = step.model.as_ref().map(|replies| (replies.get_ref().len(), replies.span().start));
    let (wanted, at) =
        step.asks_model.as_ref().map(|count| (*count.get_ref(), count.span().start)).or(told)?;
    let what = || format!("expected {wanted} requests to the model; there were {asked}");
    (wanted != asked).then(|| Miss { at, what: what() })
}

fn state(wanted: Option<&Spanned<Map<String, Value>>>, state: &State) -> Option<Miss> {
    let wanted = wanted?;
    let what = differs("state", &Value::Object(wanted.get_ref().clone()), &told(state))?;
    Some(Miss { at: wanted.span().start, what })
}

/// The state as stories name it.
fn told(state: &State) -> Value {
    let subscriptions: Vec<&String> = state.subscriptions.keys().collect();
    let reminders: Vec<&String> = state.reminders.iter().map(|reminder| &reminder.text).collect();
    // A field that holds no JSON is shown as it is.
    let field = |(name, text): (&String, &String)| {
        (name.clone(), serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())))
    };
    let fields: Map<String, Value> = state.fields.iter().map(field).collect();
    json!({
        "fields": fields,
        "mode": state.mode.clone().unwrap_or_default(),
        "menu": state.menu,
        "settings": state.settings,
        "subscriptions": subscriptions,
        "reminders": reminders,
    })
}

/// The first place where a value has not what is wanted; a table may have more.
fn differs(place: &str, wanted: &Value, is: &Value) -> Option<String> {
    match (wanted, is) {
        (Value::Object(wanted), Value::Object(is)) => wanted.iter().find_map(|(name, wanted)| {
            differs(&format!("{place}.{name}"), wanted, is.get(name).unwrap_or(&Value::Null))
        }),
        _ if wanted == is => None,
        (_, Value::Null) => Some(format!("expected `{place}` to be {wanted}; there is none")),
        _ => Some(format!("expected `{place}` to be {wanted}; it is {is}")),
    }
}

/// What a user sees of a text that was sent with a platform's markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        match tag.split_once('>') {
            Some((name, after)) if name.starts_with(|c: char| c == '/' || c.is_ascii_lowercase()) => {
                rest = after;
            }
            _ => {
                plain.push('<');
                rest = tag;
            }
        }
    }
    plain.push_str(rest);
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_behind_a_platforms_markup() {
        assert_eq!(plain("<b>Tea &amp; cake</b>, 3 &lt; 4, a <3"), "Tea & cake, 3 < 4, a <3");
    }

    #[test]
    fn a_state_may_have_more_than_is_wanted() {
        let is = json!({ "mode": "news", "settings": { "tone": "short", "target": "ja" } });
        assert_eq!(differs("state", &json!({ "settings": { "tone": "short" } }), &is), None);
        let differs = differs("state", &json!({ "settings": { "tone": "long" } }), &is);
        assert_eq!(differs.unwrap(), "expected `state.settings.tone` to be \"long\"; it is \"short\"");
    }

    #[test]
    fn a_label_that_a_platform_has_cut_is_still_the_one_meant() {
        assert!(is_label("Show me the cheapest…", "Show me the cheapest flats"));
        assert!(!is_label("Show me", "Show me the cheapest flats"));
    }
}
