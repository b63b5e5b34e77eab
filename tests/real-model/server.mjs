// An OpenAI-compatible server for one small language model, in this process, and one for vectors, behind it.
//
//   node server.mjs PORT MODEL.gguf EMBEDDINGS_URL
//
// A client that hangs up ends its generation. GET /state tells what became of the requests.
import http from "node:http";
import { LlamaCompletion, getLlama } from "node-llama-cpp";

const [port, modelPath, embeddingsUrl] = process.argv.slice(2);
const ANSWERS_AT_ONCE = 2;
const TOKENS_MAX = 400;

// One thread: llama.cpp's threads wait for one another by spinning, and on a busy machine they starve.
const llama = await getLlama({ gpu: false, build: "never", maxThreads: 1 });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ sequences: ANSWERS_AT_ONCE, contextSize: 4096, threads: 1 });
const state = { asked: 0, running: 0, finished: 0, aborted: 0, pieces: 0, embeddings: 0 };

const text = (content) => (typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join(" "));

// ChatML. The library's own chat sessions begin it twice with this model, which then speaks odd French. What was said is
// never read as a tag.
function prompt(messages) {
    const tag = (words) => model.tokenize(words, true);
    const said = messages.flatMap(({ role, content }, at) =>
        // The library puts the first tag itself, as the token that every text begins with.
        [...tag(`${at ? "<|im_start|>" : ""}${role}\n`), ...model.tokenize(text(content)), ...tag("<|im_end|>\n")]);
    return [...said, ...tag("<|im_start|>assistant\n")];
}

async function chat(request, response) {
    const hungUp = new AbortController();
    response.on("close", () => hungUp.abort());
    const contextSequence = context.getSequence();
    const completion = new LlamaCompletion({ contextSequence });
    const heading = { id: `chatcmpl-${state.asked}`, created: Math.floor(Date.now() / 1000), model: request.model };
    const send = (choices, usage) =>
        response.write(`data: ${JSON.stringify({ ...heading, object: "chat.completion.chunk", choices, usage })}\n\n`);
    if (request.stream) response.writeHead(200, { "content-type": "text/event-stream" });
    const { response: said, metadata: { stopReason } } = await completion.generateCompletionWithMeta(prompt(request.messages), {
        signal: hungUp.signal, stopOnAbortSignal: true, maxTokens: TOKENS_MAX, temperature: 0,
        onTextChunk(content) {
            state.pieces += 1;
            if (request.stream) send([{ index: 0, delta: { content }, finish_reason: null }]);
        },
    }).finally(() => contextSequence.dispose());
    state[stopReason === "abort" ? "aborted" : "finished"] += 1;
    const finish_reason = stopReason === "maxTokens" ? "length" : "stop";
    const { usedInputTokens: prompt_tokens, usedOutputTokens: completion_tokens } = contextSequence.tokenMeter.getState();
    const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
    if (!request.stream) return reply(response, 200, { ...heading, object: "chat.completion", usage,
        choices: [{ index: 0, message: { role: "assistant", content: said }, finish_reason }] });
    send([{ index: 0, delta: {}, finish_reason }]);
    if (request.stream_options?.include_usage) send([], usage);
    response.end("data: [DONE]\n\n");
}

async function embed(body, response) {
    state.embeddings += 1;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${embeddingsUrl}/v1/embeddings`, { method: "POST", headers, body });
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
}

const reply = (response, status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const refuse = (response, status, message) => reply(response, status, { error: { message, type: "server_error" } });

async function serve(request, response) {
    if (request.url === "/state") return reply(response, 200, state);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.url === "/v1/embeddings") return embed(body, response);
    if (request.url !== "/v1/chat/completions") return refuse(response, 404, "there is no such call");
    if (context.sequencesLeft === 0) return refuse(response, 503, "it answers others");
    state.asked += 1;
    state.running += 1;
    return chat(JSON.parse(body), response).finally(() => { state.running -= 1; });
}

const answered = (request, response) => serve(request, response).catch((error) => {
    console.error(error);
    if (response.headersSent) response.destroy();
    else refuse(response, 500, "it failed");
});
http.createServer(answered).listen(Number(port), "127.0.0.1", () => console.log(`listening on ${port}`));
