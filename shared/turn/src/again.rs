//! What was lost can be asked once more: by a button under the sentence that says so, or by its words.

use domain::again::{self, Again};
use domain::turn::Button;
use domain::wording::Sentence;
use domain::{Message, MessageKey};

use crate::chosen::Chosen;
use crate::{Turn, Worker};

impl Worker<'_> {
    /// The button under a lost answer; none where nobody asked.
    pub(crate) fn try_again(&self, turn: &Turn<'_>, to: &Message) -> Vec<Button> {
        let lost = turn.plan.key().filter(|_| !turn.was_asked_by_nobody());
        let label = || self.bot.wording.say(Sentence::TryAgain, to.language.as_deref(), 0);
        lost.map(|key| Button { label: label(), says: again::says(key) }).into_iter().collect()
    }

    /// Puts what was lost in the place of the wish for it, once however often it is wished for.
    pub(crate) fn once_more<'t>(&self, turn: &'t Turn<'_>, chosen: &mut Chosen<'t>) {
        let mut talk: Vec<&'t Message> = Vec::new();
        for message in std::mem::take(&mut chosen.talk) {
            let say = |sentence| self.bot.wording.say(sentence, message.language.as_deref(), 0);
            let asked: Vec<MessageKey> = talk.iter().map(|message| message.key.clone()).collect();
            match again::wish(turn.transcript, message) {
                None => talk.push(message),
                Some(Again::Of(lost)) => {
                    talk.extend(lost.into_iter().filter(|message| !asked.contains(&message.key)));
                }
                Some(Again::Answered) => chosen.said.push(say(Sentence::AnsweredAlready)),
                Some(Again::Gone) => chosen.said.push(say(Sentence::PleaseResend)),
            }
        }
        chosen.talk = talk;
    }
}
