//! The network of a stack that is to be broken: one stretch before each part that the functions talk to, and one before
//! the front door. Event source mappings do not pass it: in AWS they are a part of SQS and Lambda themselves.

use stand_ins::network::{Handle, Service, Weather};
use stand_ins::telegram;

use crate::cli::Failure;
use crate::engines::{Engines, Places, bind};

/// The stretches.
#[derive(Clone)]
pub struct Network {
    /// Where the functions find the parts.
    pub places: Places,
    /// Functions to table.
    pub dynamodb: Handle,
    /// Functions to queues.
    pub sqs: Handle,
    /// Processor to model.
    pub model: Handle,
    /// Processor and notify to platform.
    pub telegram: Handle,
    /// Platform to front door.
    pub webhook: Handle,
}

impl Network {
    /// Lays a stretch before everything.
    pub async fn between(engines: &Engines, seed: u64) -> Result<Network, Failure> {
        let Places { sqs, dynamodb, scheduler, parameters, vectors, smtp, telegram, platforms, model } =
            &engines.places;
        let (dynamodb_url, dynamodb) = stretch(Service::DynamoDb, dynamodb, seed).await?;
        let (sqs_url, sqs) = stretch(Service::Sqs, sqs, seed + 1).await?;
        let (model_url, model) = stretch(Service::Model, model.trim_end_matches("/v1"), seed + 2).await?;
        let (telegram_url, telegram) = stretch(Service::Telegram, telegram, seed + 3).await?;
        let webhook = before_the_door(engines.telegram.as_ref(), seed + 4).await?;
        let model_url = format!("{model_url}/v1");
        let places = Places {
            sqs: sqs_url,
            dynamodb: dynamodb_url,
            scheduler: scheduler.clone(),
            parameters: parameters.clone(),
            vectors: vectors.clone(),
            smtp: smtp.clone(),
            telegram: telegram_url,
            platforms: platforms.clone(),
            model: model_url,
        };
        Ok(Network { places, dynamodb, sqs, model, telegram, webhook })
    }

    /// The same weather everywhere.
    pub fn set_weather(&self, weather: Weather) {
        for stretch in [&self.dynamodb, &self.sqs, &self.model, &self.telegram, &self.webhook] {
            stretch.set_weather(weather);
        }
    }
}

async fn stretch(service: Service, target: &str, seed: u64) -> Result<(String, Handle), Failure> {
    let port = bind(0, "--port").await?;
    let handle = Handle::new(service, target, seed)?;
    let serving = handle.clone();
    tokio::spawn(async move { serving.serve(port.listener, std::future::pending()).await });
    Ok((port.url, handle))
}

/// The platform's way to the webhook.
async fn before_the_door(platform: Option<&telegram::Handle>, seed: u64) -> Result<Handle, Failure> {
    let platform = platform.ok_or("chaos needs the Telegram stand-in: unset TELEGRAM_API_BASE")?;
    let webhook = platform.webhook().ok_or("the platform has no webhook")?;
    let path_at = webhook.url.find("/webhook/").ok_or("the webhook has another path")?;
    let (front, path) = webhook.url.split_at(path_at);
    let (url, handle) = stretch(Service::Webhook, front, seed).await?;
    platform.set_webhook(Some(telegram::Webhook { url: format!("{url}{path}"), ..webhook.clone() }));
    Ok(handle)
}
