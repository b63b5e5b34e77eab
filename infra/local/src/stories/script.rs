//! What the scripted model does in a step.

use serde_json::Value;
use stand_ins::model::{Call, Rule};

use super::file::{Reply, StepFile};

/// What it says when a story has no more for it to do; the step has failed by then.
const NO_MORE: &str = "[scripted model] The story says nothing of this request.";

/// The rules of a step. Requests that sort messages have one of their own, so that they use up none of the others.
pub fn rules(step: &StepFile) -> Vec<Rule> {
    let class = step.sorted_as.as_ref().map_or("question", |class| class.get_ref());
    let sorting =
        Rule { system: Some(turn::SORTING.to_owned()), reply: Some(class.to_owned()), ..Rule::default() };
    let mut rules = vec![sorting];
    if let Some(status) = &step.fails {
        rules.push(Rule { status: Some(*status.get_ref()), ..Rule::default() });
    }
    if step.breaks {
        let reply = Some("This answer does not come to its end.".to_owned());
        rules.push(Rule { reply, cut_after_words: Some(3), ..Rule::default() });
    }
    if let Some(replies) = &step.model {
        rules.extend(replies.get_ref().iter().map(of));
        rules.push(Rule { reply: Some(NO_MORE.to_owned()), ..Rule::default() });
    }
    if is_held(step) {
        match rules.get_mut(1) {
            Some(first) => first.held = true,
            None => rules.push(Rule { held: true, times: Some(1), ..Rule::default() }),
        }
    }
    rules
}

/// Whether something has to happen while the model is at work.
pub fn is_held(step: &StepFile) -> bool {
    step.kills || !step.while_answering.is_empty()
}

fn of(reply: &Reply) -> Rule {
    let (reply, calls) = match reply {
        Reply::Says(text) => (Some(text.clone()), Vec::new()),
        Reply::Calls(call) => {
            let arguments = Value::Object(call.arguments.clone());
            (None, vec![Call { name: call.call.clone(), arguments }])
        }
    };
    Rule { in_turn: true, times: Some(1), reply, calls, ..Rule::default() }
}
