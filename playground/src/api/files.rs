//! Uploads: files.getUploadURLExternal, the address it gives, files.completeUploadExternal; and downloads.

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::method::{Answer, Method, Request, Scope, TIER_4};
use crate::deeds::Draft;
use crate::json;
use crate::model::{BOT_USER, File};
use crate::refused::Refused;
use crate::state::Upload;
use crate::workspace::Workspace;

/// Uploads that are announced and not completed.
const MOST_UPLOADS: usize = 1_000;

pub(super) const METHODS: &[Method] = &[
    Method { name: "files.getUploadURLExternal", scope: Scope::One("files:write"), tier: TIER_4, run: announce },
    Method { name: "files.completeUploadExternal", scope: Scope::One("files:write"), tier: TIER_4, run: complete },
];

fn announce(request: &mut Request<'_>) -> Answer {
    let name = request.args.required("filename")?;
    let length = request.args.required("length")?;
    if length.parse::<u64>().is_err() {
        return Err(Refused::missing("length"));
    }
    if request.state.uploads.len() >= MOST_UPLOADS {
        return Err("too_many_uploads".into());
    }
    let id = format!("F0PLAY{:06}", request.state.serial());
    request.state.uploads.insert(id.clone(), Upload { name, content: Vec::new() });
    Ok(json!({ "upload_url": format!("{}upload/{id}", request.base), "file_id": id }))
}

/// `POST /upload/ID`, raw or as a form with one file.
pub(super) async fn upload(
    Shared(workspace): Shared<Workspace>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let content_type = headers.get(CONTENT_TYPE).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let content = match content_type.split_once("boundary=") {
        Some((kind, boundary)) if kind.starts_with("multipart/") => first_part(&body, boundary.trim_matches('"')),
        _ => &body,
    };
    let length = content.len();
    let known = workspace.change(|state| match state.uploads.get_mut(&id) {
        Some(upload) => {
            upload.content = content.to_vec();
            true
        }
        None => false,
    });
    if known { format!("OK - {length}").into_response() } else { StatusCode::NOT_FOUND.into_response() }
}

/// The content of the first part of a multipart body.
fn first_part<'a>(body: &'a [u8], boundary: &str) -> &'a [u8] {
    let find = |from: usize, what: &[u8]| {
        body.get(from..)?.windows(what.len()).position(|window| window == what).map(|at| at + from)
    };
    let parted = find(0, b"\r\n\r\n").and_then(|at| {
        let end = find(at + 4, format!("\r\n--{boundary}").as_bytes())?;
        body.get(at + 4..end)
    });
    parted.unwrap_or(body)
}

fn complete(request: &mut Request<'_>) -> Answer {
    let named = request.args.structure("files", "invalid_arguments")?;
    let named =
        named.as_ref().and_then(Value::as_array).filter(|f| !f.is_empty()).ok_or_else(|| Refused::missing("files"))?;
    let mut channels = request.args.list("channels");
    channels.extend(request.args.text("channel_id"));
    for channel in &channels {
        let found = request.state.channel(channel).map_err(|_| Refused::from("channel_not_found"))?;
        if !found.has(BOT_USER) {
            return Err(if found.private { "channel_not_found" } else { "not_in_channel" }.into());
        }
        if found.archived {
            return Err("is_archived".into());
        }
    }
    let ids: Vec<&str> = named.iter().filter_map(|f| f["id"].as_str()).collect();
    if ids.len() < named.len() || !ids.iter().all(|id| request.state.uploads.contains_key(*id)) {
        return Err("file_not_found".into());
    }
    let mut files = Vec::new();
    for entry in named {
        let id = entry["id"].as_str().unwrap_or_default();
        let Some(upload) = request.state.uploads.remove(id) else { continue };
        let file = File {
            id: id.to_owned(),
            title: entry["title"].as_str().unwrap_or(&upload.name).to_owned(),
            name: upload.name,
            user: BOT_USER.to_owned(),
            created: request.state.clock.seconds(),
            content: upload.content.into(),
        };
        request.state.files.insert(file.id.clone(), file.clone());
        files.push(file);
    }
    for channel in channels {
        let thread_ts =
            request.args.text("thread_ts").and_then(|ts| Some(request.state.message(&channel, &ts).ok()?.ts));
        let text = request.args.text("initial_comment").unwrap_or_default();
        request.state.post(&channel, BOT_USER, Draft { text, thread_ts, files: files.clone(), ..Draft::default() });
    }
    let shown: Vec<Value> = files.iter().map(|f| json::file(f, &request.base)).collect();
    Ok(json!({ "files": shown }))
}

/// `GET /files/ID/NAME`. Always as a download: nothing that was uploaded runs in the page's origin.
pub(super) async fn download(Shared(workspace): Shared<Workspace>, Path((id, _)): Path<(String, String)>) -> Response {
    match workspace.look(|state| state.files.get(&id).cloned()) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(file) => {
            let safe: String = file
                .name
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
                .collect();
            let headers = [
                (CONTENT_TYPE, "application/octet-stream".to_owned()),
                (CONTENT_DISPOSITION, format!("attachment; filename=\"{safe}\"")),
                (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            ];
            (headers, file.content.to_vec()).into_response()
        }
    }
}
