//! A deployment in AWS: who asks, by whose clock, and what the stack is made of.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Value, json};

use super::finding::Finding;
use super::secrets::Secrets;
use super::signed::{Account, Body, Call, within};

/// Most that a clock may be off, in seconds. AWS refuses signatures that are off by five minutes, platforms sooner.
const SKEW_S_MAX: i64 = 30;

/// A stack as CloudFormation knows it.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Outputs by name.
    pub outputs: BTreeMap<String, String>,
    /// Parameters by name.
    pub parameters: BTreeMap<String, String>,
}

impl Outputs {
    fn of(xml: &str) -> Outputs {
        // A value may be missing, or empty: it counts as empty.
        let pairs = |key: &str, value: &str| {
            let pairs = within(xml, "member").filter_map(|member| {
                let value = within(member, value).next().unwrap_or_default();
                Some((within(member, key).next()?.to_owned(), value.replace("&amp;", "&")))
            });
            pairs.collect()
        };
        Outputs {
            outputs: pairs("OutputKey", "OutputValue"),
            parameters: pairs("ParameterKey", "ParameterValue"),
        }
    }

    /// The parameters by the names of the variables that they become: FooBar is FOO_BAR.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let named = |name: &str| {
            let mut variable = String::new();
            for letter in name.chars() {
                if letter.is_ascii_uppercase() && !variable.is_empty() {
                    variable.push('_');
                }
                variable.push(letter.to_ascii_uppercase());
            }
            variable
        };
        self.parameters.iter().map(|(name, value)| (named(name), value.clone())).collect()
    }

    /// A parameter that counts something.
    fn number(&self, name: &str, usual: u64) -> u64 {
        self.parameters.get(name).and_then(|digits| digits.parse().ok()).unwrap_or(usual)
    }
}

/// Whose account it is, and whether this machine's clock agrees with AWS's.
pub async fn identity(account: &Account) -> Vec<Finding> {
    let form = "Action=GetCallerIdentity&Version=2011-06-15".to_owned();
    let call = Call { service: "sts", path: "/", body: Some(Body::Form(form)) };
    let answer = match account.ask(call).await {
        Ok(answer) => answer,
        Err(why) => {
            return vec![Finding::wrong(
                "account",
                why,
                "give credentials that are good: `aws sts get-caller-identity` shows them",
            )];
        }
    };
    let number = within(&answer.body, "Account").next().unwrap_or("?");
    let arn = within(&answer.body, "Arn").next().unwrap_or("?");
    let says = format!("{number} in {}, as {arn}", account.region);
    std::iter::once(Finding::ok("account", says)).chain(answer.date.as_deref().and_then(clock)).collect()
}

/// How far this machine's clock is from another's `Date`.
pub fn clock(date: &str) -> Option<Finding> {
    let theirs = DateTime::from_str(date, Format::HttpDate).ok()?.secs();
    let off = startup::now().seconds() - theirs;
    Some(if off.abs() <= SKEW_S_MAX {
        Finding::ok("clock", format!("within {SKEW_S_MAX} s of the other side's"))
    } else {
        let remedy = "set it by NTP: signatures are refused, and leases and times in the table go wrong";
        Finding::wrong("clock", format!("{off} s off the other side's"), remedy)
    })
}

/// The stack's outputs and parameters.
pub async fn outputs(account: &Account, stack: &str, findings: &mut Vec<Finding>) -> Option<Outputs> {
    let form = format!("Action=DescribeStacks&StackName={stack}&Version=2010-05-15");
    let call = Call { service: "cloudformation", path: "/", body: Some(Body::Form(form)) };
    let remedy = "name it as samconfig.toml does, in its region; `sam list stack-outputs` shows it";
    let answer = match account.ask(call).await {
        Ok(answer) => answer,
        Err(why) => {
            findings.push(Finding::wrong("stack", why, remedy));
            return None;
        }
    };
    let status = within(&answer.body, "StackStatus").next().unwrap_or("?").to_owned();
    let found = Outputs::of(&answer.body);
    let missing: Vec<_> = ["BaseUrl", "TableName", "DoorbellQueueUrl"]
        .into_iter()
        .filter(|name| !found.outputs.contains_key(*name))
        .collect();
    findings.push(if !missing.is_empty() {
        Finding::wrong("stack", format!("{stack} has no output {}", missing.join(", ")), remedy)
    } else if status.contains("FAILED") || status.contains("ROLLBACK") {
        let remedy = "the last deployment went wrong: CloudFormation's events say where; `sam deploy` again";
        Finding::warn("stack", format!("{stack} is {status}"), remedy)
    } else {
        Finding::ok("stack", format!("{stack} is {status}, {} outputs", found.outputs.len()))
    });
    Some(found)
}

/// The secrets that stand in Parameter Store under the stack's path. `None`: they cannot be read.
///
/// `beside`: what is no secret and stands elsewhere.
pub async fn secrets(
    account: &Account,
    path: &str,
    beside: BTreeMap<String, String>,
    findings: &mut Vec<Finding>,
) -> Option<Secrets> {
    let (mut found, mut next) = (beside, None);
    loop {
        let wish = match &next {
            None => json!({ "Path": path, "WithDecryption": true }),
            Some(next) => json!({ "Path": path, "WithDecryption": true, "NextToken": next }),
        };
        let body = Some(Body::Json("AmazonSSM.GetParametersByPath", &wish));
        match account.ask(Call { service: "ssm", path: "/", body }).await {
            Ok(answer) => {
                let page: Value = serde_json::from_str(&answer.body).unwrap_or_default();
                found.extend(parameters(&page));
                next = page.get("NextToken").and_then(Value::as_str).map(ToOwned::to_owned);
            }
            Err(why) => {
                let remedy =
                    "allow ssm:GetParametersByPath and kms:Decrypt to who asks; values are never shown";
                findings.push(Finding::warn("secrets", why, remedy));
                return None;
            }
        }
        if next.is_none() {
            return Some(Secrets::there(found));
        }
    }
}

/// Names without their path, and values.
fn parameters(page: &Value) -> Vec<(String, String)> {
    let all = page.get("Parameters").and_then(Value::as_array).into_iter().flatten();
    let text = |parameter: &Value, name: &str| Some(parameter.get(name)?.as_str()?.to_owned());
    let named = all.filter_map(|parameter| Some((text(parameter, "Name")?, text(parameter, "Value")?)));
    named.filter_map(|(name, value)| Some((name.rsplit('/').next()?.to_owned(), value))).collect()
}

/// Whether the account runs as many functions at a time as the stack may want.
pub async fn quotas(account: &Account, stack: &Outputs) -> Finding {
    let call = Call { service: "lambda", path: "/2016-08-19/account-settings", body: None };
    let settings: Value = match account.ask(call).await {
        Ok(answer) => serde_json::from_str(&answer.body).unwrap_or_default(),
        Err(why) => return Finding::warn("quotas", why, "allow lambda:GetAccountSettings to who asks"),
    };
    let limit =
        |name: &str| settings.pointer(&format!("/AccountLimit/{name}")).and_then(Value::as_u64).unwrap_or(0);
    let (most, free) = (limit("ConcurrentExecutions"), limit("UnreservedConcurrentExecutions"));
    let model = stack.number("ModelConcurrency", 2);
    let wanted =
        model + stack.number("NotifyConcurrency", 5) + stack.number("DeadLetterConcurrency", 2) + HTTP;
    let reserves = stack.parameters.get("ReserveConcurrency").is_none_or(|reserve| reserve == "yes");
    if most < wanted {
        let says = format!("the account runs {most} functions at a time, and this stack may want {wanted}");
        return Finding::warn(
            "quotas",
            says,
            "ask Service Quotas for more (Lambda, L-B99A9384), or lower ModelConcurrency",
        );
    }
    if !reserves && most >= model + UNRESERVED_MIN {
        let says = format!("the account runs {most} functions at a time and this stack reserves none");
        return Finding::warn(
            "quotas",
            says,
            "deploy with ReserveConcurrency=yes: it is the hard cap on model calls",
        );
    }
    Finding::ok(
        "quotas",
        format!("{most} functions at a time, {free} of them unreserved; this stack may want {wanted}"),
    )
}

/// Webhook and api, at the least.
const HTTP: u64 = 10;
/// What Lambda keeps unreserved in an account.
const UNRESERVED_MIN: u64 = 100;
