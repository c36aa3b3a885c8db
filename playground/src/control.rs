//! The scripted control as JSON: `POST /control/VERB` with an object does what the [`Workspace`] verb of that name does
//! and answers `{"ok": true, …}`, or 400 and `{"ok": false, "error": code}`; `GET /control/THING` looks.

use std::time::Duration;

use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::guard;
use crate::model::Person;
use crate::refused::Refused;
use crate::ts::Ts;
use crate::workspace::Workspace;

/// How long `GET /control/wait` waits at most.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

pub(crate) fn routes(workspace: Workspace) -> Router {
    Router::new()
        .route("/control/wait", get(wait))
        .route("/control/{what}", post(act).get(look))
        .layer(middleware::from_fn(guard::only_from_here))
        .with_state(workspace)
}

fn answer(result: Result<Value, Refused>) -> Response {
    match result {
        Ok(mut fields) => {
            if let Some(map) = fields.as_object_mut() {
                map.insert("ok".to_owned(), Value::Bool(true));
            }
            Json(fields).into_response()
        }
        Err(refused) => (StatusCode::BAD_REQUEST, Json(refused.into_answer())).into_response(),
    }
}

async fn act(Shared(workspace): Shared<Workspace>, Path(verb): Path<String>, Json(body): Json<Value>) -> Response {
    answer(run(&workspace, &verb, body))
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Refused> {
    serde_json::from_value(body).map_err(|error| Refused::from("invalid_arguments").with("detail", error.to_string()))
}

/// What the verbs about one place take. Each names what it needs.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Deed {
    user: String,
    channel: String,
    text: String,
    thread: Option<String>,
    ts: String,
    name: String,
    private: bool,
    action_id: String,
    invitee: String,
    topic: String,
    on: bool,
    seconds: f64,
    scopes: Vec<String>,
    group: String,
    users: Vec<String>,
}

fn run(workspace: &Workspace, verb: &str, body: Value) -> Result<Value, Refused> {
    match verb {
        "add_person" => {
            workspace.add_person(read::<Person>(body)?);
            return Ok(json!({}));
        }
        "fault" => {
            workspace.fault(read::<Fault>(body)?);
            return Ok(json!({}));
        }
        _ => {}
    }
    let d: Deed = read(body)?;
    let thread = d.thread.as_deref();
    let ts = |ts: Ts| json!({ "ts": ts });
    let nothing = |()| json!({});
    match verb {
        "say" => workspace.say(&d.user, &d.channel, &d.text, thread).map(ts),
        "say_raw" => workspace.say_raw(&d.user, &d.channel, &d.text, thread).map(ts),
        "say_to_bot" => workspace.say_to_bot(&d.user, &d.text).map(ts),
        "edit" => workspace.edit(&d.channel, &d.ts, &d.text).map(nothing),
        "delete" => workspace.delete(&d.channel, &d.ts).map(nothing),
        "react" => workspace.react(&d.user, &d.channel, &d.ts, &d.name).map(nothing),
        "unreact" => workspace.unreact(&d.user, &d.channel, &d.ts, &d.name).map(nothing),
        "join" => workspace.join(&d.user, &d.channel).map(nothing),
        "leave" => workspace.leave(&d.user, &d.channel).map(nothing),
        "invite" => workspace.invite(&d.user, &d.invitee, &d.channel).map(nothing),
        "archive" => workspace.archive(&d.user, &d.channel).map(nothing),
        "unarchive" => workspace.unarchive(&d.user, &d.channel).map(nothing),
        "rename" => workspace.rename(&d.user, &d.channel, &d.name).map(nothing),
        "set_topic" => workspace.set_topic(&d.user, &d.channel, &d.topic).map(nothing),
        "create_channel" => workspace.create_channel(&d.name, d.private).map(|id| json!({ "id": id })),
        "delete_channel" => workspace.delete_channel(&d.user, &d.channel).map(nothing),
        "click" => workspace.click(&d.user, &d.channel, &d.ts, &d.action_id).map(|id| json!({ "envelope_id": id })),
        "set_group" => {
            let users: Vec<&str> = d.users.iter().map(String::as_str).collect();
            workspace.set_group(&d.group, &users).map(nothing)
        }
        _ => setting(workspace, verb, d).map(nothing),
    }
}

fn setting(workspace: &Workspace, verb: &str, deed: Deed) -> Result<(), Refused> {
    match verb {
        "clear_faults" => workspace.clear_faults(),
        "clear_calls" => workspace.clear_calls(),
        "drop_sockets" => workspace.drop_sockets(),
        "disconnect_sockets" => workspace.disconnect_sockets(),
        "freeze_sockets" => workspace.freeze_sockets(deed.on),
        "deliver_twice" => workspace.deliver_twice(deed.on),
        "hold_events" => workspace.hold_events(deed.on),
        "rate_limits" => workspace.rate_limits(deed.on),
        "tell_scopes" => workspace.tell_scopes(deed.on),
        "revoke_tokens" => workspace.revoke_tokens(deed.on),
        "set_scopes" => workspace.set_scopes(deed.scopes),
        "advance" => {
            let by = Duration::try_from_secs_f64(deed.seconds).map_err(|_| Refused::missing("seconds"))?;
            workspace.advance(by);
        }
        _ => return Err("unknown_verb".into()),
    }
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Question {
    channel: String,
    ts: String,
    after: Option<String>,
}

async fn look(
    Shared(workspace): Shared<Workspace>,
    Path(what): Path<String>,
    Query(question): Query<Question>,
) -> Response {
    answer(seen(&workspace, &what, &question))
}

fn seen(workspace: &Workspace, what: &str, question: &Question) -> Result<Value, Refused> {
    let shown = |workspace: &Workspace, messages: Vec<crate::MessageView>| -> Vec<Value> {
        messages
            .iter()
            .map(|message| {
                let mut value = json!(message);
                value["rendered"] = workspace.rendered(message).into();
                value
            })
            .collect()
    };
    Ok(match what {
        "channels" => json!({ "channels": workspace.channels() }),
        "channel" => json!({ "channel": workspace.channel(&question.channel)? }),
        "messages" => {
            let after = question.after.as_deref().and_then(Ts::parse);
            json!({ "messages": shown(workspace, workspace.messages(&question.channel, after)?) })
        }
        "message" => {
            let message = workspace.message(&question.channel, &question.ts).ok_or("message_not_found")?;
            json!({ "message": shown(workspace, vec![message]).pop() })
        }
        "ephemerals" => json!({ "messages": shown(workspace, workspace.ephemerals(&question.channel)?) }),
        "people" => json!({ "people": workspace.people() }),
        "calls" => json!({ "calls": workspace.calls() }),
        "envelopes" => json!({ "envelopes": workspace.envelopes() }),
        "events_unacknowledged" => json!({ "envelopes": workspace.events_unacknowledged() }),
        "faults" => json!({ "faults": workspace.faults() }),
        "scopes" => json!({ "scopes": workspace.scopes() }),
        "status" => json!({
            "version": *workspace.changed().borrow(),
            "sockets": workspace.sockets(),
            "now": workspace.now(),
        }),
        _ => return Err("unknown_thing".into()),
    })
}

#[derive(Debug, Deserialize)]
struct Patience {
    /// The version that the caller has seen.
    #[serde(default)]
    since: u64,
    /// Seconds.
    #[serde(default)]
    limit: Option<f64>,
}

/// `GET /control/wait?since=VERSION&limit=SECONDS` answers when something changed, with the new version.
async fn wait(Shared(workspace): Shared<Workspace>, Query(patience): Query<Patience>) -> Response {
    let limit = patience.limit.and_then(|s| Duration::try_from_secs_f64(s).ok()).unwrap_or(LONGEST_WAIT);
    let mut changes = workspace.changed();
    let mut closing = workspace.closing();
    tokio::select! {
        _ = changes.wait_for(|version| *version > patience.since) => {}
        _ = tokio::time::sleep(limit.min(LONGEST_WAIT)) => {}
        _ = closing.wait_for(|closing| *closing) => {}
    }
    let version = *workspace.changed().borrow();
    answer(Ok(json!({ "version": version, "changed": version > patience.since })))
}
