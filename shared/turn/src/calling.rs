//! The model's work in rounds: it calls tools, is shown what came of it, and answers.

use domain::http::{HttpRequest, Method};
use domain::{Metric, Millis};
use models::{Prompt, Reply, Round, ToolCall};
use skills::{Called, Fields, Tools, result_of};

use crate::asking::NoReply;
use crate::chain::Chain;
use crate::{Turn, Worker};

/// What a call beyond the last round is told.
const NO_MORE: &str = r#"{"error":"no more calls in this turn; answer with what is known"}"#;

impl Worker<'_> {
    /// The answer, and what is kept afterwards. A call that is refused, or fails, changes nothing.
    pub(crate) async fn call_and_answer(
        &self,
        turn: &Turn<'_>,
        (chain, tools): (&Chain, &Tools),
        mut prompt: Prompt,
        mut fields: Fields,
        until: Millis,
    ) -> Result<(Reply, Fields), NoReply> {
        let rounds_max = self.bot.limits.tool_rounds_max;
        let mut tokens = (0, 0);
        loop {
            let reply = self.recall_or_ask(turn, chain, &prompt, until).await?;
            tokens = (tokens.0 + reply.tokens.0, tokens.1 + reply.tokens.1);
            let rounds = prompt.rounds.len() as u64;
            // One round more in which every call is told that there are no more.
            if reply.calls.is_empty() || rounds > rounds_max {
                return Ok((Reply { tokens, ..reply }, fields));
            }
            let mut calls = Vec::new();
            for call in reply.calls {
                let result = if rounds < rounds_max {
                    self.run_tool(turn, tools, &prompt, &call, &mut fields).await
                } else {
                    NO_MORE.to_owned()
                };
                calls.push((call, result));
            }
            prompt.rounds.push(Round { text: reply.text, calls });
        }
    }

    /// Runs one call, and keeps what it was called with if it succeeds. What was given and found is the user's: it is in
    /// no log.
    async fn run_tool(
        &self,
        turn: &Turn<'_>,
        tools: &Tools,
        prompt: &Prompt,
        call: &ToolCall,
        fields: &mut Fields,
    ) -> String {
        let started = self.world.now();
        let is_declared = prompt.tools.iter().any(|tool| tool.name == call.name);
        let name = if is_declared { call.name.as_str() } else { "" };
        let (called, kept) = tools.call(name, &call.arguments, fields, &self.bot.limits);
        let result = match called {
            Called::Result(result) => Ok(result),
            Called::Refused(why) => Err(why),
            Called::Ask { request, cache_s } => self.ask_server(tools, &call.name, request, cache_s).await,
        };
        let (duration_ms, succeeded) = (self.world.now().since(started), result.is_ok());
        tracing::info!(request_id = turn.request_id(), tool = name, succeeded, duration_ms, "tool");
        if succeeded {
            *fields = kept;
        }
        result.unwrap_or_else(|why| why)
    }

    async fn ask_server(
        &self,
        tools: &Tools,
        tool: &str,
        request: HttpRequest,
        cache_s: u64,
    ) -> Result<String, String> {
        let (url, is_read) = (request.url.clone(), request.method == Method::Get);
        if let Some(kept) = tools.answers.get(tool, &url, self.world.now()).filter(|_| cache_s > 0) {
            self.world.measure(Metric::CacheHits, 1);
            return Ok(kept);
        }
        self.world.measure(Metric::CacheMisses, u64::from(cache_s > 0));
        let answered = self.delivery.http.send(request).await;
        if !is_read {
            tools.answers.drop_all();
        }
        let result = result_of(&answered)?;
        if cache_s > 0 {
            tools.answers.keep(tool, &url, result.clone(), self.world.now() + cache_s * 1_000);
        }
        Ok(result)
    }
}
