//! News for web clients: that there is something to ask for, pushed through API Gateway's `@connections`.
//!
//! A push says nothing else, and comes after the outcome is recorded: one that is lost, late or doubled costs a moment
//! and no message (`docs/decisions/news-for-web-clients.md`).

use std::pin::pin;
use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::config::Builder;
use aws_sdk_apigatewaymanagement::config::retry::RetryConfig;
use aws_sdk_apigatewaymanagement::config::timeout::TimeoutConfig;
use aws_sdk_apigatewaymanagement::error::DisplayErrorContext;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use domain::{Channel, ConversationKey};
use futures_util::future::{Either, join_all, select};
use io::table::Table;
use io::world::World;
use io::{account, config};

/// All that is ever said.
const NEWS: &[u8] = br#"{"news":true}"#;
/// A listener that cannot be told by then asks by itself.
const POST_MS: u64 = 250;
/// The same for all of them, with what is read and written of the table: no turn waits longer for its listeners.
const TELL_MS: u64 = 1_000;

/// The way to one stack's WebSocket connections.
pub struct News {
    connections: Client,
}

impl News {
    /// Of the WebSocket API that the environment names, as `NEWS_ENDPOINT`. None: web clients ask by themselves.
    pub fn of_environment() -> Option<News> {
        config::optional("NEWS_ENDPOINT").map(|endpoint| News::connect(&endpoint))
    }

    /// Of the WebSocket API whose stage answers there: `https://ID.execute-api.REGION.amazonaws.com/STAGE`.
    pub fn connect(endpoint: &str) -> News {
        let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_millis(POST_MS)).build();
        let config = Builder::from(&account::of_environment()).endpoint_url(endpoint);
        let config = config.timeout_config(timeouts).retry_config(RetryConfig::disabled()).build();
        News { connections: Client::from_conf(config) }
    }

    /// Tells those who listen to a conversation, and forgets those who are gone. A second at most, whatever hangs: what
    /// there is news of is recorded, and nothing of it is undone. Other channels than the web have no listeners.
    pub async fn tell(&self, world: &dyn World, conversation: &ConversationKey) {
        if conversation.channel() != Some(Channel::WEB) {
            return;
        }
        let table = Table::of(world);
        let told = pin!(self.tell_all(&table, conversation));
        if let Either::Right(_) = select(told, world.sleep(TELL_MS)).await {
            tracing::warn!(%conversation, "some were not told in time that there is news");
        }
    }

    async fn tell_all(&self, table: &Table<'_>, conversation: &ConversationKey) {
        let listeners = match table.listeners(conversation).await {
            Ok(listeners) => listeners,
            Err(error) => {
                tracing::warn!(%conversation, %error, "nobody is told that there is news");
                return;
            }
        };
        // All at once: one that hangs delays no other.
        let told = join_all(listeners.iter().map(|connection| self.is_gone(connection))).await;
        let gone = listeners.into_iter().zip(told).filter(|(_, is_gone)| *is_gone);
        let gone: Vec<String> = gone.map(|(connection, _)| connection).collect();
        if !gone.is_empty()
            && let Err(error) = table.listen_no_more(conversation, gone).await
        {
            tracing::warn!(%conversation, %error, "connections that are gone stay until they expire");
        }
    }

    /// Tells one. Whether nobody is there any more.
    async fn is_gone(&self, connection: &str) -> bool {
        let post = self.connections.post_to_connection().connection_id(connection).data(Blob::new(NEWS));
        let Err(error) = post.send().await else { return false };
        let is_gone = error.as_service_error().is_some_and(PostToConnectionError::is_gone_exception);
        if !is_gone {
            tracing::warn!(error = %DisplayErrorContext(&error), "a listener was not told that there is news");
        }
        is_gone
    }
}
