//! What a turn's requests may cost: reserved before they are sent, settled when the user has been answered.

use domain::budget::{Allowance, Spending};
use domain::history::Speaker;
use domain::{Metric, Millis};
use io::table::Payer;
use models::{ModelError, Prompt, Sound};

use crate::asking::NoReply;
use crate::{Turn, TurnError, Worker};

/// Tokens of one picture at most, by the providers' own tables (a large one is cut into tiles of some hundred tokens).
const PICTURE_TOKENS_MAX: u64 = 3_000;

/// Tokens that frame a line: its role and separators.
const FRAME_TOKENS_MAX: u64 = 16;

/// Bytes of a sound that make a token at the least: Gemini counts 32 a second, and no codec that platforms send (AMR at
/// 4.75 kbit/s, Opus at 6) takes as few as 512 bytes for one.
const SOUND_BYTES_PER_TOKEN: u64 = 16;

/// Tokens of what a model is told to do with a sound.
const HEARING_TOKENS_MAX: u64 = 512;

/// An amount set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reserved {
    pub name: String,
    pub amount: Spending,
    /// What it came to. `None`: not known; then all of it counts as spent.
    pub spent: Option<Spending>,
    /// On which day.
    pub at: Millis,
}

impl Worker<'_> {
    /// Asks for what costs tokens, these at most: they are reserved before, and what it came to is noted.
    pub(crate) async fn paid<T>(
        &self,
        turn: &Turn<'_>,
        at_most: (u64, u64),
        asked: impl Future<Output = Result<T, ModelError>>,
        tokens: impl Fn(&T) -> (u64, u64),
    ) -> Result<T, NoReply> {
        let reserved = self.reserve(turn, at_most).await;
        if !reserved.map_err(|error| NoReply::NoAccount(error.to_string()))? {
            return Err(NoReply::BudgetSpent);
        }
        let answered = asked.await;
        if let Ok(answered) = &answered {
            self.measure_cost(tokens(answered));
        }
        turn.traces.spent(self.price(answered.as_ref().map(tokens)));
        Ok(answered?)
    }

    fn measure_cost(&self, tokens: (u64, u64)) {
        self.world.measure(Metric::TokensIn, tokens.0);
        self.world.measure(Metric::TokensOut, tokens.1);
        let microcents = Spending::of_request(tokens, &self.bot.limits).microcents;
        self.world.measure(Metric::ModelCost, microcents);
    }

    /// Sets aside what a request can cost at most, for the user and for the bot. `false`: so much is not left today.
    async fn reserve(&self, turn: &Turn<'_>, at_most: (u64, u64)) -> Result<bool, TurnError> {
        let limits = &self.bot.limits;
        let (user, bot) = (Allowance::of_user(limits), Allowance::of_bot(limits));
        if user.is_unbounded() && bot.is_unbounded() {
            return Ok(true);
        }
        let amount = Spending::of_request(at_most, limits);
        let reserved =
            Reserved { name: turn.traces.name(turn.token), amount, spent: None, at: self.world.now() };
        let payers = self.payers(&turn.bell.conversation);
        for (at, (payer, allowance)) in payers.iter().enumerate() {
            if !self.table().reserve(*payer, &reserved.name, amount, allowance, reserved.at).await? {
                let paid = payers.get(..at).unwrap_or_default();
                self.give_back(paid, &Reserved { spent: Some(Spending::default()), ..reserved }).await;
                return Ok(false);
            }
        }
        turn.traces.reserves(reserved);
        Ok(true)
    }

    /// What a request came to.
    fn price(&self, answered: Result<(u64, u64), &ModelError>) -> Option<Spending> {
        match answered {
            Ok(tokens) => Some(Spending::of_request(tokens, &self.bot.limits)),
            Err(ModelError::NotTaken { .. } | ModelError::Refused(_)) => Some(Spending::default()),
            Err(ModelError::NoAnswer(_)) => None,
        }
    }

    /// What the turn's requests did not cost.
    pub(crate) async fn settle_accounts(
        &self,
        conversation: &domain::ConversationKey,
        reserved: Vec<Reserved>,
    ) {
        let payers = self.payers(conversation);
        for reserved in &reserved {
            self.give_back(&payers, reserved).await;
        }
    }

    async fn give_back(&self, payers: &[(Payer<'_>, Allowance)], reserved: &Reserved) {
        let spent = reserved.spent.unwrap_or(reserved.amount);
        for (payer, _) in payers {
            let settled =
                self.table().settle(*payer, &reserved.name, reserved.amount, spent, reserved.at).await;
            if let Err(error) = settled {
                tracing::warn!(%error, "what was not spent stays counted as spent");
            }
        }
    }

    /// Who has a budget.
    fn payers<'p>(&'p self, conversation: &'p domain::ConversationKey) -> Vec<(Payer<'p>, Allowance)> {
        let limits = &self.bot.limits;
        let user = (Payer::User(conversation), Allowance::of_user(limits));
        let bot = (Payer::Bot(&self.bot.name), Allowance::of_bot(limits));
        [user, bot].into_iter().filter(|(_, allowance)| !allowance.is_unbounded()).collect()
    }
}

/// More tokens than writing down a sound can take. Nobody speaks half as many words as a sound has tokens.
pub(crate) fn heard_at_most(sound: &Sound) -> (u64, u64) {
    let read = (sound.bytes.len() as u64).div_ceil(SOUND_BYTES_PER_TOKEN) + HEARING_TOKENS_MAX;
    (read, read / 2)
}

/// More tokens than texts can have that are turned into vectors.
pub(crate) fn embedded_at_most(texts: &[String]) -> (u64, u64) {
    (texts.iter().map(|text| text.len() as u64 + FRAME_TOKENS_MAX).sum(), 0)
}

/// More tokens than a prompt can have: a token is at least one byte of UTF-8, for every provider's tokenizer falls back
/// to bytes.
pub(crate) fn read_at_most(prompt: &Prompt) -> u64 {
    let framed = |bytes: usize| bytes as u64 + FRAME_TOKENS_MAX;
    let line = |(_, text): &(Speaker, String)| framed(text.len());
    let tool = |tool: &models::Tool| {
        framed(tool.name.len() + tool.description.len() + tool.parameters.to_string().len())
    };
    let call = |(call, result): &(models::ToolCall, String)| {
        framed(call.name.len() + call.arguments.to_string().len() + result.len())
    };
    let round = |round: &models::Round| framed(round.text.len()) + round.calls.iter().map(call).sum::<u64>();
    framed(prompt.system.len())
        + prompt.lines.iter().map(line).sum::<u64>()
        + prompt.tools.iter().map(tool).sum::<u64>()
        + prompt.rounds.iter().map(round).sum::<u64>()
        + prompt.pictures.len() as u64 * PICTURE_TOKENS_MAX
}
