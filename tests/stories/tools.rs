//! Tools that call a server: the model asks, the processor calls, and what came of it is told to the model.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use crate::stack::Setup;

/// A server of the owner's, and the calls it got: method, path and query, authorization.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Vec<(String, String, String)>>>);

impl Server {
    /// Starts it, and answers its host.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let router = Router::new().fallback(called).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        host
    }

    fn calls(&self) -> Vec<(String, String, String)> {
        self.0.lock().expect("whole").clone()
    }
}

/// Under `/broken` nothing works, and `/moved` sends whoever asks elsewhere.
async fn called(State(server): State<Server>, request: Request) -> axum::response::Response {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let uri = request.uri().to_string();
    let call = (request.method().to_string(), uri.clone(), header.unwrap_or_default().to_owned());
    server.0.lock().expect("whole").push(call);
    if uri.starts_with("/broken") {
        (StatusCode::INTERNAL_SERVER_ERROR, "no").into_response()
    } else if uri.starts_with("/moved") {
        (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response()
    } else {
        r#"{"degrees":21}"#.into_response()
    }
}

fn write(folder: &Path, host: &str) {
    let toml = format!(
        r#"
name = "demo"
tool_hosts = ["{host}"]
[state]
city = {{ type = "string", maxLength = 30 }}
[tools.weather]
about = "The weather in a city."
keeps = ["city"]
get = "http://{host}/weather?city={{place}}"
headers = {{ authorization = "Bearer ${{UNSET}}" }}
cache_s = 60
arguments.place = {{ type = "string" }}
[tools.broken]
about = "What does not work."
keeps = ["city"]
get = "http://{host}/broken"
[tools.moved]
about = "What lies elsewhere."
get = "http://{host}/moved"
[tools.book]
about = "Books."
post = "http://{host}/book"
"#
    );
    std::fs::create_dir_all(folder.join("prompts")).expect("a folder");
    std::fs::write(folder.join("bot.toml"), toml).expect("written");
    std::fs::write(folder.join("prompts/default.md"), "Be kind.").expect("written");
}

/// A server that is allowed could otherwise send a call, with its secrets, to one that is not.
#[tokio::test]
async fn a_call_follows_nobody_elsewhere() {
    let (server, folder) = (Server::default(), tempfile::tempdir().expect("a folder"));
    write(folder.path(), &server.start().await);
    let stack = Setup::quick().bot(folder.path()).up().await;
    let call = json!([{ "name": "moved", "arguments": {} }]);
    stack.model_rules(json!([{ "contains": "moved", "calls": call }])).await;
    let ann = stack.person();
    ann.says("Where is what has moved?").await;
    ann.hears("the server answered with status 307").await;
    let uris: Vec<String> = server.calls().into_iter().map(|(_, uri, _)| uri).collect();
    assert_eq!(uris, ["/moved"]);
}

#[tokio::test]
async fn a_server_is_called_for_the_model_and_what_it_refuses_changes_nothing() {
    let (server, folder) = (Server::default(), tempfile::tempdir().expect("a folder"));
    write(folder.path(), &server.start().await);
    let stack = Setup::quick().bot(folder.path()).up().await;
    let call = |name: &str, arguments| json!([{ "name": name, "arguments": arguments }]);
    stack
        .model_rules(json!([
            { "contains": "Taipei", "calls": call("weather", json!({ "place": "Taipei/台北", "city": "Taipei" })) },
            { "contains": "broken", "calls": call("broken", json!({ "city": "Atlantis" })) },
            { "contains": "book", "calls": call("book", json!({})) },
        ]))
        .await;
    let ann = stack.person();
    ann.says("How is it in Taipei?").await;
    ann.hears(r#"The tools said: {"degrees":21}"#).await;
    ann.says("And again in Taipei?").await;
    ann.hears_in_all(2).await;
    let weather = ("GET".to_owned(), "/weather?city=Taipei%2F%E5%8F%B0%E5%8C%97".to_owned());
    let calls: Vec<_> = server.calls().into_iter().map(|(method, uri, _)| (method, uri)).collect();
    assert_eq!(calls, std::slice::from_ref(&weather), "the second answer was kept");

    ann.says("Something broken").await;
    ann.hears("the server answered with status 500").await;
    ann.says("What do you know?").await;
    ann.hears_in_all(4).await;
    let quoted = stack.model_requests().await.last().map(|request| request["quoted"].to_string());
    let quoted = quoted.expect("a request");
    assert!(
        quoted.contains("Taipei") && !quoted.contains("Atlantis"),
        "a call that failed kept nothing: {quoted}"
    );

    ann.says("Please book it").await;
    ann.hears_in_all(5).await;
    ann.says("And now in Taipei?").await;
    ann.hears_in_all(6).await;
    let weathers =
        server.calls().into_iter().filter(|(method, uri, _)| (method, uri) == (&weather.0, &weather.1));
    assert_eq!(weathers.count(), 2, "what was kept is asked again once something was changed");
}
