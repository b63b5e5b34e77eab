//! `GET /health`: whether messages can be taken in.

use domain::{Address, Channel, ConversationKey};
use gateway::Reply;
use io::table::Table;
use io::world::World;
use serde_json::json;

use crate::Api;

impl<W: World> Api<W> {
    /// 200 when the table answers, 503 when it does not: without it nothing is taken in.
    pub(crate) async fn health(&self) -> Reply {
        let nobody = Address { channel: Channel::WEB, chat: "health".to_owned(), thread: None };
        let probe = ConversationKey::of(&self.bot.name, &nobody);
        let table = Table::of(&self.world).mailbox(&probe).await;
        let (status, word) = if table.is_ok() { (200, "ok") } else { (503, "unavailable") };
        let body = json!({ "status": word, "bot": self.bot.name, "parts": { "table": word } });
        Reply::json(status, body.to_string())
    }
}
