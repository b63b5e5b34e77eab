//! The queue of notices, through which what died comes back: that of the local stack, or the named one.

use io::aws::Aws;
use serde_json::Value;

use crate::audit::Table;
use crate::cli::{Failure, Redrive};
use crate::owner::local_state;
use crate::resources;

/// The table and the queue.
pub async fn world(table: &Table, options: &Redrive) -> Result<Aws, Failure> {
    let named = options.notices.as_deref();
    if options.place.is_local() {
        return of_local_stack(table, options.place.port, named).await;
    }
    let url =
        named.ok_or("name the queue of notices: --notices with the stack's output `NoticesQueueUrl`")?;
    let sqs = match &options.place.endpoint {
        Some(dynamodb) => Some(resources::clients(dynamodb, origin(url)).await.1),
        None => None,
    };
    Ok(table.world_with(sqs, url))
}

async fn of_local_stack(table: &Table, port: u16, named: Option<&str>) -> Result<Aws, Failure> {
    let state = local_state(port).await?;
    let fact = |place: &str| state.pointer(place).and_then(Value::as_str).unwrap_or_default();
    let (_, sqs) = resources::clients(fact("/endpoints/dynamodb"), fact("/endpoints/sqs")).await;
    let url = match named {
        Some(url) => url.to_owned(),
        None => {
            let name = format!("{}-notices", fact("/table"));
            let found = sqs.get_queue_url().queue_name(&name).send().await;
            let found = found
                .map_err(|error| format!("the queue {name} is not found: {}", error.into_service_error()))?;
            found.queue_url.unwrap_or_default()
        }
    };
    Ok(table.world_with(Some(sqs), &url))
}

/// Of a URL, what comes before its path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(host..).and_then(|rest| rest.find('/'));
    path.and_then(|at| url.get(..host + at)).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_where_its_queues_are() {
        assert_eq!(origin("http://127.0.0.1:9324/000000000000/notices"), "http://127.0.0.1:9324");
        assert_eq!(origin("http://127.0.0.1:9324"), "http://127.0.0.1:9324");
    }
}
