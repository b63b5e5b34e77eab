//! REST-JSON, as the AWS SDKs speak it. Source: EventBridge Scheduler API reference.
use super::rules::{Refusal, arn, text};
use super::server::Handle;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Options = Query<BTreeMap<String, String>>;

pub(super) fn router(handle: Handle) -> Router {
    Router::new()
        .route("/schedules", get(list))
        .route("/schedules/{name}", post(create).put(update).get(read).delete(delete))
        .route("/schedule-groups/{name}", post(create_group))
        .route("/control/faults", post(faults))
        .with_state(handle)
}

async fn create(State(handle): State<Handle>, Path(name): Path<String>, body: Bytes) -> Response {
    put(&handle, &name, &body, true)
}

async fn update(State(handle): State<Handle>, Path(name): Path<String>, body: Bytes) -> Response {
    put(&handle, &name, &body, false)
}

fn put(handle: &Handle, name: &str, body: &[u8], is_new: bool) -> Response {
    let Ok(mut asked) = serde_json::from_slice::<Value>(body) else {
        return refused(&Refusal::Validation("Could not parse the request body.".to_owned()));
    };
    let group =
        Some(text(&asked, "GroupName")).filter(|group| !group.is_empty()).unwrap_or("default").to_owned();
    if let Some(fields) = asked.as_object_mut() {
        fields.insert("Name".to_owned(), name.into());
        fields.insert("GroupName".to_owned(), group.clone().into());
    }
    let done = handle.change(|schedules, now| schedules.put(asked, is_new, now));
    answer(done.map(|()| json!({ "ScheduleArn": arn(&group, name) })))
}

async fn read(State(handle): State<Handle>, Path(name): Path<String>, options: Options) -> Response {
    answer(handle.look(|schedules| schedules.get(group(&options, "groupName"), &name).cloned()))
}

async fn delete(State(handle): State<Handle>, Path(name): Path<String>, options: Options) -> Response {
    let done = handle.change(|schedules, _| schedules.delete(group(&options, "groupName"), &name));
    answer(done.map(|()| json!({})))
}

async fn list(State(handle): State<Handle>, options: Options) -> Response {
    let prefix = options.get("NamePrefix").map(String::as_str).unwrap_or_default();
    let listed = handle.look(|schedules| {
        let listed = schedules.list(group(&options, "ScheduleGroup"), prefix)?;
        let summary =
            |asked: &&Value| json!({ "Name": text(asked, "Name"), "GroupName": text(asked, "GroupName") });
        Ok(listed.iter().map(summary).collect::<Vec<_>>())
    });
    answer(listed.map(|schedules| json!({ "Schedules": schedules })))
}

async fn create_group(State(handle): State<Handle>, Path(name): Path<String>) -> Response {
    let done = handle.change(|schedules, _| schedules.create_group(&name));
    let arn = format!("arn:aws:scheduler:us-east-1:000000000000:schedule-group/{name}");
    answer(done.map(|()| json!({ "ScheduleGroupArn": arn })))
}

/// `{"deliver_twice": n}`: the next n deliveries come twice, as AWS may; `{"fail": n}`: their queue does not take them.
async fn faults(State(handle): State<Handle>, Json(faults): Json<Value>) -> StatusCode {
    let times = |name| faults.get(name).and_then(Value::as_u64).unwrap_or(0);
    handle.deliver_twice(times("deliver_twice"));
    handle.fail(times("fail"));
    StatusCode::NO_CONTENT
}

fn group<'o>(options: &'o Options, name: &str) -> &'o str {
    options.get(name).map_or("default", String::as_str)
}

fn answer(done: Result<Value, Refusal>) -> Response {
    match done {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Response {
    let (status, kind, message) = match refusal {
        Refusal::Validation(message) => (StatusCode::BAD_REQUEST, "ValidationException", message),
        Refusal::NotFound(message) => (StatusCode::NOT_FOUND, "ResourceNotFoundException", message),
        Refusal::Conflict(message) => (StatusCode::CONFLICT, "ConflictException", message),
    };
    (status, [("x-amzn-errortype", kind)], Json(json!({ "Message": message }))).into_response()
}
