//! What a turn's requests may cost: reserved before they are sent, settled when the user has been answered.

use domain::Millis;
use domain::budget::{Allowance, Spending};
use domain::turn::Speaker;
use io::table::Payer;
use models::{ModelError, Prompt, Reply};

use crate::{Turn, TurnError, Worker};

/// Tokens of one picture at most, by the providers' own tables (a large one is cut into tiles of some hundred tokens).
const PICTURE_TOKENS_MAX: u64 = 3_000;

/// Tokens that frame a line: its role and separators.
const FRAME_TOKENS_MAX: u64 = 16;

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
    /// Sets aside what a request can cost at most, for the user and for the bot. `false`: so much is not left today.
    pub(crate) async fn reserve(&self, turn: &Turn<'_>, prompt: &Prompt) -> Result<bool, TurnError> {
        let limits = &self.bot.limits;
        let (user, bot) = (Allowance::of_user(limits), Allowance::of_bot(limits));
        if user.is_unbounded() && bot.is_unbounded() {
            return Ok(true);
        }
        let amount = Spending::of_request((read_at_most(prompt), limits.answer_tokens_max), limits);
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
    pub(crate) fn price(&self, answered: &Result<Reply, ModelError>) -> Option<Spending> {
        match answered {
            Ok(reply) => Some(Spending::of_request(reply.tokens, &self.bot.limits)),
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

/// More tokens than a prompt can have: a token is at least one byte of UTF-8, for every provider's tokenizer falls back
/// to bytes.
fn read_at_most(prompt: &Prompt) -> u64 {
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
