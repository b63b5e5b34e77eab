//! `doctor`: looks over a deployment or the local stack, check by check, and says what to do.

mod deployed;
mod finding;
mod front;
mod local;
mod model;
mod platforms;
mod secrets;
mod signed;
mod storage;

use std::collections::BTreeMap;

use bot::Bot;
use domain::Channel;

use crate::check;
use crate::cli::{Doctor, Failure};

use finding::{Finding, Verdict};
use secrets::Secrets;
use signed::Account;
use storage::{Role, Storage};

/// What there is to look at.
#[derive(Default)]
struct Patient {
    /// Where webhooks and the API are.
    base_url: Option<String>,
    storage: Option<Storage>,
    /// What the bot needs from its owner, and where it is written; `None`: it cannot be read.
    secrets: Option<Secrets>,
    place: String,
    /// Its clock is this machine's.
    is_here: bool,
}

/// Looks, and tells. An error when something is wrong.
pub fn run(options: &Doctor) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let findings = runtime.block_on(examine(options));
    if options.json {
        println!("{}", finding::as_json(&findings));
    } else {
        finding::print(&findings);
    }
    match finding::count(&findings, Verdict::Wrong) {
        0 => Ok(()),
        1 => Err("one thing is wrong".into()),
        wrong => Err(format!("{wrong} things are wrong").into()),
    }
}

async fn examine(options: &Doctor) -> Vec<Finding> {
    let mut findings = Vec::new();
    let bot = bot(options, &mut findings);
    let patient = match &options.stack {
        Some(stack) => deployment(options, stack, bot.as_ref(), &mut findings).await,
        None if options.place.is_local() => local::find(options.place.port, &mut findings).await,
        None => table_alone(options, &mut findings).await,
    };
    if let Some(storage) = &patient.storage {
        findings.extend(storage.examine().await);
    }
    let base_url = options.url.as_ref().or(patient.base_url.as_ref());
    if let Some(base_url) = base_url {
        findings.extend(front::examine(base_url, !patient.is_here && options.stack.is_none()).await);
    }
    let (Some(bot), Some(secrets)) = (bot, &patient.secrets) else { return findings };
    findings.extend(secrets::examine(&bot, secrets, &patient.place));
    if let Some(base_url) = base_url {
        let credentials = secrets.credentials();
        // On one machine the others are stand-ins, which know no registration.
        let has_registration = |channel: &Channel| !patient.is_here || channel.name() == "telegram";
        for channel in secrets.channels(&bot).into_iter().filter(has_registration) {
            findings.extend(platforms::examine(channel, &credentials, base_url).await);
        }
    }
    if options.ask_model {
        findings.push(model::examine(&secrets::model_of(&bot, secrets), secrets).await);
    }
    findings
}

fn bot(options: &Doctor, findings: &mut Vec<Finding>) -> Option<Bot> {
    match check::read(&options.bot) {
        Ok(bot) => {
            findings.push(Finding::ok("bot", format!("{}: `{}` is fine", options.bot.display(), bot.name)));
            Some(bot)
        }
        Err(error) => {
            let remedy = format!("mend it, and `turnwise check {}`", options.bot.display());
            findings.push(Finding::wrong("bot", error.to_string(), remedy));
            None
        }
    }
}

/// A stack in AWS.
async fn deployment(
    options: &Doctor,
    stack: &str,
    bot: Option<&Bot>,
    findings: &mut Vec<Finding>,
) -> Patient {
    let account = match Account::of_environment().await {
        Ok(account) => account,
        Err(why) => {
            findings.push(Finding::wrong(
                "account",
                why,
                "set AWS_PROFILE and AWS_REGION, or sign in with `aws sso login`",
            ));
            return Patient::default();
        }
    };
    findings.extend(deployed::identity(&account).await);
    let Some(found) = deployed::outputs(&account, stack, findings).await else { return Patient::default() };
    findings.push(deployed::quotas(&account, &found).await);
    let named = |name: &str| found.parameters.get(name).cloned();
    let name = named("Bot").or_else(|| bot.map(|bot| bot.name.clone())).unwrap_or_default();
    let environment = named("Environment").unwrap_or_else(|| "prod".to_owned());
    let told = || found.outputs.get("SecretsPath").map(|path| format!("{}/", path.trim_end_matches('/')));
    let usual = || format!("/turnwise/{name}-{environment}/");
    let path = options.secrets.clone().or_else(told).unwrap_or_else(usual);
    let config = crate::resources::account().await;
    let output = |name: &str| found.outputs.get(name).cloned();
    let queues = [
        (Role::Doorbells, "DoorbellQueueUrl"),
        (Role::Doorbells, "UrgentQueueUrl"),
        (Role::Notices, "NoticesQueueUrl"),
        (Role::DeadLetters, "DeadLetterQueueUrl"),
    ];
    let storage = output("TableName").map(|table| Storage {
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
        sqs: aws_sdk_sqs::Client::new(&config),
        table,
        queues: queues.into_iter().filter_map(|(role, name)| Some((role, output(name)?))).collect(),
    });
    Patient {
        base_url: output("BaseUrl"),
        storage,
        secrets: deployed::secrets(&account, &path, found.variables(), findings).await,
        place: format!("into Parameter Store, as {path}NAME"),
        is_here: false,
    }
}

/// A table that is named, and an address.
async fn table_alone(options: &Doctor, findings: &mut Vec<Finding>) -> Patient {
    let (dynamodb, sqs) = if let Some(endpoint) = &options.place.endpoint {
        crate::resources::clients(endpoint, endpoint).await
    } else {
        match Account::of_environment().await {
            Ok(account) => findings.extend(deployed::identity(&account).await),
            Err(why) => findings.push(Finding::wrong("account", why, "set AWS_PROFILE and AWS_REGION")),
        }
        let config = crate::resources::account().await;
        (aws_sdk_dynamodb::Client::new(&config), aws_sdk_sqs::Client::new(&config))
    };
    let table = options.place.table.clone().unwrap_or_else(|| "turnwise".to_owned());
    let storage = Some(Storage { dynamodb, sqs, table, queues: Vec::new() });
    let place = "into the environment".to_owned();
    Patient { storage, secrets: Some(Secrets::here(BTreeMap::new())), place, ..Patient::default() }
}
