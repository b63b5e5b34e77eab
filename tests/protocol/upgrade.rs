//! Older and newer code on one table and one queue: what the older stored is read, what a newer one adds is left alone,
//! and what only a newer one can read waits for it.

mod later;
mod samples;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Address, Channel, ConversationKey};
use io::table::expressions as ex;
use io::world::{Action, Item, TableReply, TableRequest, World, Write};
use simulation::Simulation;

use super::{House, SECRET, house_with};

fn conversation() -> ConversationKey {
    let address = Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None };
    ConversationKey::of("demo", &address)
}

/// A house in which each message has a turn of its own, and a tone can be chosen.
fn choosing() -> House {
    house_with("[settings.tone]\nvalues = []\n")
}

impl House {
    async fn says_so(&self, message_id: u64, text: &str) {
        assert_eq!(self.delivers(message_id, text, Some(SECRET)).await, 200);
    }

    /// The conversation's items by sort key.
    async fn items(&self) -> Vec<(String, Item)> {
        let pk = conversation().to_string();
        let query = TableRequest::Query { pk, from: None, forward: true, limit: 1_000 };
        let Ok(TableReply::Items(items)) = self.world.table(query).await else { return Vec::new() };
        items.into_iter().map(|item| (text_of(&item, "sk"), item)).collect()
    }

    /// The sort key of the newest message, with this ending.
    async fn newest(&self, ending: &str) -> String {
        let items = self.items().await;
        let messages = items.iter().filter_map(|(sk, _)| Some(sk).filter(|sk| sk.matches('#').count() == 2));
        format!("{}{ending}", messages.max().expect("a message"))
    }

    /// Gives an item an attribute.
    async fn sets(&self, sk: &str, name: &str, value: AttributeValue) {
        let action = Action::Update {
            pk: conversation().to_string(),
            sk: sk.to_owned(),
            update: "SET #name = :value".to_owned(),
        };
        let write = Write {
            action,
            condition: ex::PRESENT.to_owned(),
            names: [("#name".to_owned(), name.to_owned())].into(),
            values: [(":value".to_owned(), value)].into(),
        };
        self.world.table(TableRequest::Write(write)).await.expect("a write");
    }

    /// An item becomes one of this version.
    async fn becomes(&self, sk: &str, version: u8) {
        self.sets(sk, "v", AttributeValue::N(version.to_string())).await;
    }
}

/// Stores an item as it is.
async fn stores(world: &Simulation, item: Item) {
    let write = Write { action: Action::Put(item), condition: ex::ANY.to_owned(), ..Write::default() };
    world.table(TableRequest::Write(write)).await.expect("a write");
}

fn text_of(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}
