//! A handler that makes the requests of the webhook's first message, and nothing else, written as the SDK's guide has it:
//! what any function of these crates costs that does as much.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_sdk_dynamodb::types::ReturnValue;
use io::config;
use io::parameters::ParameterStore;
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn, tracing};

struct Stack {
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    table: String,
    doorbells: String,
    notices: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let stack = Stack {
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
        sqs: aws_sdk_sqs::Client::new(&config),
        table: config::required("TABLE_NAME")?,
        doorbells: config::required("DOORBELL_QUEUE_URL")?,
        notices: config::required("NOTICES_QUEUE_URL")?,
    };
    if let Some(secrets) = ParameterStore::from_env()? {
        let (read, looked) = tokio::join!(secrets.read(), stack.look());
        read?;
        looked?;
    }
    run(service_fn(|request| handle(&stack, request))).await
}

async fn handle(stack: &Stack, request: Request) -> Result<Response<Body>, Error> {
    let id = request.lambda_context().request_id;
    tracing::info!(%id, bytes = request.body().len(), "received");
    stack.store("message", &id, &String::from_utf8_lossy(request.body())).await?;
    stack.admit(&id).await?;
    stack.tell(&id).await?;
    stack.ring(&id).await?;
    stack.store("figures", &id, "acknowledged=1").await?;
    Ok(Response::new(Body::Empty))
}

impl Stack {
    async fn look(&self) -> Result<(), Error> {
        let query = self.dynamodb.query().table_name(&self.table).consistent_read(true).limit(1);
        let query = query.key_condition_expression("pk = :pk");
        query.expression_attribute_values(":pk", S("bare".to_owned())).send().await?;
        Ok(())
    }

    async fn store(&self, what: &str, id: &str, said: &str) -> Result<(), Error> {
        let put = self.dynamodb.put_item().table_name(&self.table);
        let put = put.item("pk", S(format!("bare#{id}"))).item("sk", S(what.to_owned()));
        let put = put.item("said", S(said.to_owned()));
        put.condition_expression("attribute_not_exists(pk)").send().await?;
        Ok(())
    }

    async fn admit(&self, id: &str) -> Result<(), Error> {
        let update = self.dynamodb.update_item().table_name(&self.table);
        let update = update.key("pk", S(format!("bare#{id}"))).key("sk", S("admission".to_owned()));
        let update = update.update_expression("SET waiting = if_not_exists(waiting, :zero) + :one");
        let update = update.expression_attribute_values(":zero", N("0".to_owned()));
        let update = update.expression_attribute_values(":one", N("1".to_owned()));
        update.return_values(ReturnValue::AllNew).send().await?;
        Ok(())
    }

    async fn tell(&self, id: &str) -> Result<(), Error> {
        let send = self.sqs.send_message().queue_url(&self.notices).message_body(id).delay_seconds(900);
        send.send().await?;
        Ok(())
    }

    async fn ring(&self, id: &str) -> Result<(), Error> {
        let send = self.sqs.send_message().queue_url(&self.doorbells).message_body(id);
        send.message_group_id("bare").message_deduplication_id(id).send().await?;
        Ok(())
    }
}
