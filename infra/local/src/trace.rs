//! `trace`: what is known of a message, told as a story; or of the newest messages of a conversation, a line each.

use domain::{ConversationKey, Limits, RequestId, Trace};
use io::aws::Aws;
use io::table::Table;
use io::world::World;
use serde_json::{Value, json};

use crate::audit;
use crate::cli::{self, Failure};
use crate::whose;

/// Prints it. An error when nothing is known.
pub fn run(options: &cli::Trace) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // What a web response calls its `status_url` ends with the request id.
        let name = options.what.rsplit('/').next().unwrap_or_default();
        if let Some(request) = RequestId::parse(name) {
            let world = audit::Table::find(&options.place).await?.world();
            return tell(&world, &request, options).await;
        }
        let (of, table) =
            whose::named(&options.what, options.thread.as_deref(), &options.place, &options.bot).await?;
        list(&table.world(), &of, options).await
    })
}

/// What a message got, or what comes next: one sentence.
pub fn in_short(trace: &Trace, now: domain::Millis) -> String {
    let known = api::trace_json(trace, now, false);
    text(&known, "in_short").to_owned()
}

async fn tell(world: &Aws, request: &RequestId, options: &cli::Trace) -> Result<(), Failure> {
    let Some(trace) = Table::of(world).trace(request).await? else {
        return Err(
            format!("nothing is known of {request}: it was never taken in here, or has expired").into()
        );
    };
    let known = api::trace_json(&trace, world.now(), options.text);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&known)?);
        return Ok(());
    }
    println!("{request}");
    for event in known.get("story").and_then(Value::as_array).into_iter().flatten() {
        let after_ms = event.get("after_ms").and_then(Value::as_u64).unwrap_or_default();
        println!("{:>10}  {}  {}", after(after_ms), text(event, "at"), text(event, "what"));
    }
    if options.text {
        words(&known);
    }
    println!("{}", text(&known, "in_short"));
    println!("\n{}", logs(&trace, options.place.is_local()));
    Ok(())
}

/// The same clock that tells minutes of a lost answer and milliseconds of a quick one.
fn after(milliseconds: u64) -> String {
    let seconds = std::time::Duration::from_millis(milliseconds).as_secs_f64();
    format!("+{seconds:.3} s")
}

fn words(known: &Value) {
    let said = |place: &str| known.pointer(place).and_then(Value::as_str);
    for (who, said) in [("user", said("/message/text")), ("heard", said("/spoken/text"))] {
        let _ = said.map(|said| println!("{who:>10}  {said}"));
    }
    let parts = known.pointer("/turn/parts").and_then(Value::as_array);
    for part in parts.into_iter().flatten() {
        println!("{:>10}  {}", "bot", text(part, "text"));
    }
}

/// Where its log lines are: its own, and those of the turn that it was answered in.
fn logs(trace: &Trace, is_local: bool) -> String {
    let turn = trace.answer.as_ref().map(|(turn, _)| turn.clone()).filter(|turn| *turn != trace.request.key);
    let turn = turn.map(|key| RequestId { conversation: trace.request.conversation.clone(), key });
    let ids: Vec<_> = [Some(trace.request.clone()), turn].into_iter().flatten().collect();
    if is_local {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        return format!(
            "Its log lines: RUST_LOG=info cargo run, and among what it says: {}",
            ids.join(" or ")
        );
    }
    let likes: Vec<_> = ids.iter().map(|id| format!("@message like \"{id}\"")).collect();
    format!(
        "Its log lines, by CloudWatch Logs Insights over the stack's log groups:\n\
         fields @timestamp, @log, @message | filter {} | sort @timestamp asc",
        likes.join(" or ")
    )
}

/// The newest messages of a conversation.
async fn list(world: &Aws, of: &ConversationKey, options: &cli::Trace) -> Result<(), Failure> {
    let table = Table::of(world);
    let transcript = table.transcript(of, &Limits::default()).await?;
    let skipped = transcript.messages.len().saturating_sub(options.lines);
    let mut known = Vec::new();
    for key in transcript.messages.keys().skip(skipped) {
        let request = RequestId { conversation: of.clone(), key: key.clone() };
        if let Some(trace) = table.trace(&request).await? {
            known.push(api::trace_json(&trace, world.now(), options.text));
        }
    }
    if options.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&json!({ "conversation": of.as_str(), "messages": known }))?
        );
        return Ok(());
    }
    for message in &known {
        println!(
            "{}  {}  {}",
            text(message, "sent_at"),
            text(message, "request_id"),
            text(message, "in_short")
        );
    }
    println!("{of}: {} messages shown", known.len());
    Ok(())
}

fn text<'v>(of: &'v Value, name: &str) -> &'v str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}
