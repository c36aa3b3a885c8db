//! A WordPress site, as strict as the real one about whom it lets in and what it takes: it keeps posts, users, categories
//! and tags, checks every parameter as `wp/v2`'s schema says, and answers with WordPress's own codes. What no WordPress would
//! mind but a careful client should not do is noted in `complaints`.

#![allow(clippy::result_large_err, reason = "the error of a call is the answer to it")]

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

pub const PASSWORD: &str = "abcd EFGH 1234 ijkl MNOP 6789";

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is not done, and answered with this status and this header, if any.
    Answered(u16, Option<(&'static str, &'static str)>),
    /// It is not done, and a proxy answers with a page.
    Page(u16),
    /// It is done, and the answer is a server error.
    DoneAnd(u16),
    /// It is done, and no answer comes.
    DoneAndSilent,
    /// It is done, and a plugin prints into the answer.
    DoneAndGarbled,
    /// It is not done, and no answer comes.
    Silent,
    /// It is sent on.
    Redirected(String),
}

#[derive(Clone, Debug)]
pub struct Post {
    pub slug: String,
    pub status: String,
    pub title: String,
    pub content: String,
    pub categories: Vec<u64>,
    pub tags: Vec<u64>,
    pub author: String,
    modified: i64,
}

#[derive(Debug, Default)]
struct Kept {
    posts: BTreeMap<u64, Post>,
    categories: Vec<(u64, String)>,
    tags: Vec<(u64, String)>,
    roles: BTreeMap<String, &'static str>,
    statuses: Vec<String>,
    last: u64,
    seconds: i64,
    /// For the next calls that write, or for all of them.
    faults: VecDeque<Fault>,
    away: Option<Fault>,
    drops_authorization: bool,
    passwords_disabled: bool,
    plain_permalinks: bool,
    calls: Vec<String>,
    complaints: Vec<String>,
}

/// A site that runs until the value goes.
pub struct Site {
    kept: Arc<Mutex<Kept>>,
    address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

type Kind = Arc<Mutex<Kept>>;

impl Site {
    /// A site with the user `bot`, an author, and the category Incidents.
    pub fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let kept = Arc::new(Mutex::new(Kept {
            categories: vec![
                (1, "Uncategorized".into()),
                (2, "Incidents".into()),
                (3, "Research &amp; Development".into()),
            ],
            roles: BTreeMap::from([("bot".into(), "author"), ("carol".into(), "editor")]),
            statuses: ["publish", "future", "draft", "pending", "private"].map(str::to_owned).to_vec(),
            last: 100,
            ..Kept::default()
        }));
        let routes = Router::new()
            .route("/wp-json/", get(root))
            .route("/wp-json/wp/v2/users/me", get(me))
            .route("/wp-json/wp/v2/statuses", get(statuses))
            .route("/wp-json/wp/v2/posts", get(posts).post(make_post))
            .route("/wp-json/wp/v2/posts/{id}", get(post).post(change_post))
            .route("/wp-json/wp/v2/categories", get(categories))
            .route("/wp-json/wp/v2/tags", get(tags).post(make_tag))
            .fallback(any(|| async { refusal(404, "rest_no_route", Value::Null) }))
            .layer(axum::middleware::from_fn_with_state(kept.clone(), meddle))
            .with_state(kept.clone());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, routes).await.unwrap();
        });
        Self { kept, address, runtime: Some(runtime) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// The next call that writes ends so.
    pub fn next_write(&self, fault: Fault) {
        self.kept().faults.push_back(fault);
    }

    /// From now on every call ends so.
    pub fn away(&self, fault: Fault) {
        self.kept().away = Some(fault);
    }

    pub fn back(&self) {
        let mut kept = self.kept();
        kept.away = None;
        kept.faults.clear();
    }

    pub fn role(&self, user: &str, role: &'static str) {
        self.kept().roles.insert(user.into(), role);
    }

    pub fn forgets(&self, user: &str) {
        self.kept().roles.remove(user);
    }

    pub fn drops_authorization(&self) {
        self.kept().drops_authorization = true;
    }

    pub fn disables_passwords(&self, disabled: bool) {
        self.kept().passwords_disabled = disabled;
    }

    pub fn has_plain_permalinks(&self) {
        self.kept().plain_permalinks = true;
    }

    pub fn knows_status(&self, status: &str) {
        self.kept().statuses.push(status.into());
    }

    pub fn has_tags(&self, names: impl IntoIterator<Item = String>) {
        let mut kept = self.kept();
        for name in names {
            let id = next(&mut kept);
            kept.tags.push((id, name));
        }
    }

    /// A person writes a post.
    pub fn carol_writes(&self, slug: &str, content: &str) -> u64 {
        let mut kept = self.kept();
        let (id, modified) = (next(&mut kept), tick(&mut kept));
        let post = Post {
            slug: slug.into(),
            status: "publish".into(),
            title: "Mine".into(),
            content: content.into(),
            categories: Vec::new(),
            tags: Vec::new(),
            author: "carol".into(),
            modified,
        };
        kept.posts.insert(id, post);
        id
    }

    /// A person changes a post.
    pub fn carol_edits(&self, id: u64, change: impl FnOnce(&mut Post)) {
        let mut kept = self.kept();
        let modified = tick(&mut kept);
        let post = kept.posts.get_mut(&id).unwrap();
        change(post);
        post.modified = modified;
    }

    pub fn carol_trashes(&self, id: u64) {
        self.carol_edits(id, |post| {
            post.status = "trash".into();
            post.slug.push_str("__trashed");
        });
    }

    pub fn carol_deletes(&self, id: u64) {
        self.kept().posts.remove(&id);
    }

    pub fn posts(&self) -> BTreeMap<u64, Post> {
        self.kept().posts.clone()
    }

    /// The one post of the bot that is not in the trash.
    pub fn the_post(&self) -> (u64, Post) {
        let mut posts = self.posts().into_iter().filter(|(_, post)| post.author == "bot" && post.status != "trash");
        let found = posts.next().unwrap();
        assert!(posts.next().is_none(), "there is one post");
        found
    }

    pub fn calls(&self) -> Vec<String> {
        self.kept().calls.clone()
    }

    pub fn tags(&self) -> Vec<String> {
        self.kept().tags.iter().map(|(_, name)| name.clone()).collect()
    }

    pub fn complaints(&self) -> Vec<String> {
        self.kept().complaints.clone()
    }

    /// What stands there, whole.
    pub fn told(&self) -> String {
        let mut out = String::new();
        for (id, post) in self.posts() {
            out.push_str(&format!(
                "post {id} by {}, {}, /{}\ncategories {:?}, tags {:?}\n{}\n\n{}\n",
                post.author, post.status, post.slug, post.categories, post.tags, post.title, post.content
            ));
        }
        out
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        if !std::thread::panicking() {
            assert_eq!(self.complaints(), [""; 0]);
        }
    }
}

fn next(kept: &mut Kept) -> u64 {
    kept.last += 1;
    kept.last
}

/// Every save is a second later than the one before.
fn tick(kept: &mut Kept) -> i64 {
    kept.seconds += 1;
    kept.seconds
}

/// Lets a call come to what the test wants to come of it.
async fn meddle(State(kept): State<Kind>, request: Request, next: Next) -> Response {
    let is_write = request.method() != Method::GET;
    let path = request.uri().path_and_query().map_or("", |path| path.as_str()).to_owned();
    let fault = {
        let mut kept = kept.lock().unwrap();
        kept.calls.push(format!("{} {}", request.method(), path));
        if kept.plain_permalinks {
            return (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html")], "<h1>Not found</h1>")
                .into_response();
        }
        let away = kept.away.clone();
        away.or_else(|| if is_write { kept.faults.pop_front() } else { None })
    };
    let status = |code: u16| StatusCode::from_u16(code).unwrap();
    match fault {
        None => next.run(request).await,
        Some(Fault::Answered(code, named)) => {
            let mut answer = refusal(code, "as_the_test_wants", Value::Null);
            if let Some((name, value)) = named {
                answer.headers_mut().insert(name, value.parse().unwrap());
            }
            answer
        }
        Some(Fault::Page(code)) => (status(code), [(header::CONTENT_TYPE, "text/html")], "<h1>No</h1>").into_response(),
        Some(Fault::DoneAnd(code)) => {
            next.run(request).await;
            (status(code), "<h1>Server error</h1>").into_response()
        }
        Some(Fault::DoneAndSilent) => {
            next.run(request).await;
            std::future::pending().await
        }
        Some(Fault::DoneAndGarbled) => {
            next.run(request).await;
            (StatusCode::CREATED, "<br />\n<b>Warning</b>: Undefined variable in …").into_response()
        }
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Redirected(to)) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
    }
}

fn refusal(status: u16, code: &str, extra: Value) -> Response {
    let mut data = json!({ "status": status });
    if let (Some(data), Value::Object(extra)) = (data.as_object_mut(), extra) {
        data.extend(extra);
    }
    // Messages are translated and can be HTML.
    let body = json!({ "code": code, "message": "<strong>Fehler:</strong> das geht nicht.", "data": data });
    (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
}

fn invalid(parameter: &str) -> Response {
    refusal(400, "rest_invalid_param", json!({ "params": { parameter: "Invalid parameter." } }))
}

/// Who calls; nobody without credentials.
fn caller(kept: &Kept, headers: &HeaderMap) -> Result<Option<String>, Response> {
    let Some(value) = headers.get(header::AUTHORIZATION).filter(|_| !kept.drops_authorization) else { return Ok(None) };
    let decoded = value.to_str().unwrap().strip_prefix("Basic ").map(|encoded| STANDARD.decode(encoded).unwrap());
    let decoded = String::from_utf8(decoded.unwrap()).unwrap();
    let (user, password) = decoded.split_once(':').unwrap();
    if kept.passwords_disabled {
        return Err(refusal(401, "application_passwords_disabled", Value::Null));
    }
    if !kept.roles.contains_key(user) {
        return Err(refusal(401, "invalid_username", Value::Null));
    }
    let plain = |text: &str| text.replace(' ', "");
    if plain(password) != plain(PASSWORD) {
        return Err(refusal(401, "incorrect_password", Value::Null));
    }
    Ok(Some(user.to_owned()))
}

fn may(kept: &Kept, user: Option<&String>, capability: &str) -> bool {
    let role = user.and_then(|user| kept.roles.get(user)).copied().unwrap_or_default();
    capabilities(role).contains(&capability)
}

fn capabilities(role: &str) -> &'static [&'static str] {
    match role {
        "contributor" => &["read", "edit_posts"],
        "author" => &["read", "edit_posts", "edit_published_posts", "publish_posts"],
        "editor" => &[
            "read",
            "edit_posts",
            "edit_published_posts",
            "publish_posts",
            "edit_others_posts",
            "manage_categories",
            "unfiltered_html",
        ],
        _ => &["read"],
    }
}

fn query(raw: Option<String>) -> BTreeMap<String, String> {
    let raw = raw.unwrap_or_default();
    let decoded = |text: &str| {
        let bytes = text.replace('+', " ").into_bytes();
        let (mut out, mut i) = (Vec::new(), 0);
        while i < bytes.len() {
            if bytes[i] == b'%' {
                out.push(u8::from_str_radix(std::str::from_utf8(&bytes[i + 1..i + 3]).unwrap(), 16).unwrap());
                i += 3;
            } else {
                out.push(bytes[i]);
                i += 1;
            }
        }
        String::from_utf8(out).unwrap()
    };
    let pairs = raw.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// Only the fields that were asked for.
fn fields(value: Value, query: &BTreeMap<String, String>) -> Value {
    let Some(wanted) = query.get("_fields") else { return value };
    let wanted: Vec<&str> = wanted.split(',').collect();
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().filter(|(name, _)| wanted.contains(&name.as_str())).collect::<Map<_, _>>())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(|one| fields(one, query)).collect()),
        other => other,
    }
}

/// One page of a list, with WordPress's headers; too far is an error.
fn paged(all: Vec<Value>, query: &BTreeMap<String, String>) -> Response {
    let number = |name: &str, default: usize| query.get(name).map_or(Ok(default), |text| text.parse::<usize>());
    let (Ok(per_page), Ok(page)) = (number("per_page", 10), number("page", 1)) else { return invalid("page") };
    if !(1..=100).contains(&per_page) {
        return invalid("per_page");
    }
    let pages = all.len().div_ceil(per_page);
    if page < 1 || page > pages.max(1) {
        return refusal(400, "rest_post_invalid_page_number", Value::Null);
    }
    let total = all.len();
    let shown: Vec<Value> = all.into_iter().skip((page - 1) * per_page).take(per_page).collect();
    let headers = [("x-wp-total", total.to_string()), ("x-wp-totalpages", pages.to_string())];
    (headers, axum::Json(fields(Value::Array(shown), query))).into_response()
}

async fn root(RawQuery(raw): RawQuery) -> Response {
    let root = json!({
        "name": "The Wiki", "description": "", "url": "http://wiki.example", "namespaces": ["oembed/1.0", "wp/v2"],
        "authentication": {}, "routes": {}
    });
    axum::Json(fields(root, &query(raw))).into_response()
}

async fn me(State(kept): State<Kind>, headers: HeaderMap, RawQuery(raw): RawQuery) -> Response {
    let kept = kept.lock().unwrap();
    let query = query(raw);
    let user = match caller(&kept, &headers) {
        Ok(Some(user)) => user,
        Ok(None) => return refusal(401, "rest_not_logged_in", Value::Null),
        Err(refusal) => return refusal,
    };
    let role = kept.roles[&user];
    let mut told = json!({ "id": 7, "name": format!("The {user}"), "slug": user });
    if query.get("context").is_some_and(|context| context == "edit") {
        let held: Map<String, Value> =
            capabilities(role).iter().map(|capability| ((*capability).to_owned(), json!(true))).collect();
        told["roles"] = json!([role]);
        told["capabilities"] = Value::Object(held);
    }
    axum::Json(fields(told, &query)).into_response()
}

async fn statuses(State(kept): State<Kind>, headers: HeaderMap) -> Response {
    let kept = kept.lock().unwrap();
    let user = match caller(&kept, &headers) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    if !may(&kept, user.as_ref(), "edit_posts") {
        return refusal(if user.is_some() { 403 } else { 401 }, "rest_cannot_view", Value::Null);
    }
    let told: Map<String, Value> =
        kept.statuses.iter().map(|status| (status.clone(), json!({ "name": status, "slug": status }))).collect();
    axum::Json(Value::Object(told)).into_response()
}

fn shown(id: u64, post: &Post) -> Value {
    let minutes = post.modified / 60;
    json!({
        "id": id,
        "slug": post.slug,
        "status": post.status,
        // Where the site is read need not be where it is called.
        "link": format!("https://wiki.example/?p={id}"),
        "modified_gmt": format!("2024-03-01T00:{minutes:02}:{:02}", post.modified % 60),
        "title": { "raw": post.title, "rendered": post.title },
        "content": { "raw": post.content, "rendered": post.content, "protected": false },
        "categories": post.categories,
        "tags": post.tags,
    })
}

async fn posts(State(kept): State<Kind>, headers: HeaderMap, RawQuery(raw): RawQuery) -> Response {
    let kept = kept.lock().unwrap();
    let query = query(raw);
    let user = match caller(&kept, &headers) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    let edits = may(&kept, user.as_ref(), "edit_posts");
    if query.get("context").is_some_and(|context| context == "edit") && !edits {
        return refusal(if user.is_some() { 403 } else { 401 }, "rest_forbidden_context", Value::Null);
    }
    let wanted: Vec<String> =
        query.get("status").map_or(vec!["publish".to_owned()], |list| list.split(',').map(str::to_owned).collect());
    if wanted.iter().any(|status| !kept.statuses.contains(status) && status != "trash") {
        return invalid("status");
    }
    if wanted.iter().any(|status| status != "publish") && !edits {
        return invalid("status");
    }
    let slugs: Option<Vec<&str>> = query.get("slug").map(|list| list.split(',').collect());
    let found: Vec<Value> = kept
        .posts
        .iter()
        .rev()
        .filter(|(_, post)| wanted.contains(&post.status))
        .filter(|(_, post)| slugs.as_ref().is_none_or(|slugs| slugs.contains(&post.slug.as_str())))
        .filter(|(_, post)| may_edit(&kept, user.as_ref(), post))
        .map(|(id, post)| shown(*id, post))
        .collect();
    paged(found, &query)
}

fn may_edit(kept: &Kept, user: Option<&String>, post: &Post) -> bool {
    let own = user.is_some_and(|user| *user == post.author);
    may(kept, user, "edit_posts")
        && (own || may(kept, user, "edit_others_posts"))
        && (post.status != "publish" || may(kept, user, "edit_published_posts"))
}

async fn post(State(kept): State<Kind>, headers: HeaderMap, Path(id): Path<u64>, RawQuery(raw): RawQuery) -> Response {
    let kept = kept.lock().unwrap();
    let query = query(raw);
    let user = match caller(&kept, &headers) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    let Some(post) = kept.posts.get(&id) else { return refusal(404, "rest_post_invalid_id", Value::Null) };
    let edit = query.get("context").is_some_and(|context| context == "edit");
    if edit && !may_edit(&kept, user.as_ref(), post) {
        return refusal(if user.is_some() { 403 } else { 401 }, "rest_forbidden_context", Value::Null);
    }
    axum::Json(fields(shown(id, post), &query)).into_response()
}

/// Who writes, and the parameters of what.
fn written(kept: &Kept, headers: &HeaderMap, body: &Bytes) -> Result<(Option<String>, Map<String, Value>), Response> {
    Ok((caller(kept, headers)?, checked(kept, headers, body)?))
}

/// The parameters of a post, checked against the schema.
fn checked(kept: &Kept, headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Response> {
    let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let Ok(Value::Object(body)) = serde_json::from_slice(if is_json { body } else { b"null" }) else {
        return Err(refusal(400, "rest_invalid_json", Value::Null));
    };
    for (name, value) in &body {
        let is_right = match name.as_str() {
            "title" | "content" => value.is_string() || value.get("raw").is_some_and(Value::is_string),
            "slug" => value.is_string(),
            "status" => value.as_str().is_some_and(|status| kept.statuses.iter().any(|known| known == status)),
            "categories" | "tags" => value.as_array().is_some_and(|ids| ids.iter().all(Value::is_u64)),
            _ => true,
        };
        if !is_right {
            return Err(invalid(name));
        }
    }
    Ok(body)
}

/// What `wp_kses_post` lets pass of the tags that a report may want; all others go away, and with them what they say.
const TAGS: [&str; 30] = [
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "figure",
    "div",
    "span",
    "dl",
    "dt",
    "dd",
    "img",
];

fn complain_of_content(kept: &mut Kept, content: &str) {
    for tag in content.split('<').skip(1) {
        if tag.starts_with("!--") {
            continue;
        }
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        if !TAGS.contains(&name.as_str()) {
            kept.complaints.push(format!("<{name}> would be taken away"));
        }
    }
    if content.contains('[') {
        kept.complaints.push("a [ would begin a shortcode".to_owned());
    }
}

fn may_have_status(kept: &Kept, user: Option<&String>, status: &str) -> bool {
    !matches!(status, "publish" | "private" | "future") || may(kept, user, "publish_posts")
}

fn ids(body: &Map<String, Value>, name: &str) -> Option<Vec<u64>> {
    Some(body.get(name)?.as_array()?.iter().filter_map(Value::as_u64).collect())
}

fn text(body: &Map<String, Value>, name: &str) -> Option<String> {
    let value = body.get(name)?;
    value.as_str().or_else(|| value.get("raw")?.as_str()).map(str::to_owned)
}

async fn make_post(State(kept): State<Kind>, headers: HeaderMap, RawQuery(raw): RawQuery, body: Bytes) -> Response {
    let kept = &mut *kept.lock().unwrap();
    let (user, body) = match written(kept, &headers, &body) {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    if !may(kept, user.as_ref(), "edit_posts") {
        return refusal(if user.is_some() { 403 } else { 401 }, "rest_cannot_create", Value::Null);
    }
    let status = text(&body, "status").unwrap_or_else(|| "draft".into());
    if !may_have_status(kept, user.as_ref(), &status) {
        return refusal(403, "rest_cannot_publish", Value::Null);
    }
    let content = text(&body, "content").unwrap_or_default();
    complain_of_content(kept, &content);
    // `wp_unique_post_slug`, which the REST API also asks for drafts.
    let asked = text(&body, "slug").unwrap_or_default();
    let is_taken = |slug: &str| kept.posts.values().any(|post| post.slug == slug);
    let numbered = (2..).map(|number| format!("{asked}-{number}"));
    let slug = std::iter::once(asked.clone()).chain(numbered).find(|slug| !is_taken(slug)).unwrap();
    let categories = ids(&body, "categories").filter(|ids| !ids.is_empty()).unwrap_or_else(|| vec![1]);
    let (id, modified) = (next(kept), tick(kept));
    let post = Post {
        slug,
        status,
        title: text(&body, "title").unwrap_or_default(),
        content,
        categories,
        tags: ids(&body, "tags").unwrap_or_default(),
        author: user.unwrap(),
        modified,
    };
    let told = fields(shown(id, &post), &query(raw));
    kept.posts.insert(id, post);
    (StatusCode::CREATED, axum::Json(told)).into_response()
}

async fn change_post(
    State(kept): State<Kind>,
    headers: HeaderMap,
    Path(id): Path<u64>,
    RawQuery(raw): RawQuery,
    body: Bytes,
) -> Response {
    let kept = &mut *kept.lock().unwrap();
    let (user, body) = match written(kept, &headers, &body) {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    let Some(before) = kept.posts.get(&id).cloned() else { return refusal(404, "rest_post_invalid_id", Value::Null) };
    if !may_edit(kept, user.as_ref(), &before) {
        return refusal(if user.is_some() { 403 } else { 401 }, "rest_cannot_edit", Value::Null);
    }
    let mut post = before;
    if let Some(title) = text(&body, "title") {
        post.title = title;
    }
    if let Some(content) = text(&body, "content") {
        complain_of_content(kept, &content);
        post.content = content;
    }
    for name in ["slug", "status", "categories", "tags"] {
        if body.contains_key(name) {
            kept.complaints.push(format!("{name} is the editors' once the post is made"));
        }
    }
    post.modified = tick(kept);
    let told = fields(shown(id, &post), &query(raw));
    kept.posts.insert(id, post);
    axum::Json(told).into_response()
}

fn terms(all: &[(u64, String)], raw: Option<String>) -> Response {
    let query = query(raw);
    let search = query.get("search").map(|text| text.to_lowercase().replace('&', "&amp;")).unwrap_or_default();
    let found = all.iter().filter(|(_, name)| name.to_lowercase().contains(&search));
    paged(found.map(|(id, name)| json!({ "id": id, "name": name, "slug": name.to_lowercase() })).collect(), &query)
}

async fn categories(State(kept): State<Kind>, RawQuery(raw): RawQuery) -> Response {
    terms(&kept.lock().unwrap().categories, raw)
}

async fn tags(State(kept): State<Kind>, RawQuery(raw): RawQuery) -> Response {
    terms(&kept.lock().unwrap().tags, raw)
}

async fn make_tag(State(kept): State<Kind>, headers: HeaderMap, body: Bytes) -> Response {
    let kept = &mut *kept.lock().unwrap();
    let user = match caller(kept, &headers) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    if !may(kept, user.as_ref(), "edit_posts") {
        return refusal(if user.is_some() { 403 } else { 401 }, "rest_cannot_create", Value::Null);
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let Some(name) = body.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        return refusal(400, "rest_missing_callback_param", json!({ "params": ["name"] }));
    };
    let encoded = name.replace('&', "&amp;");
    // Accents make no difference to a slug.
    let plain = |text: &str| text.to_lowercase().replace('é', "e");
    if let Some((id, _)) = kept.tags.iter().find(|(_, known)| plain(known) == plain(&encoded)) {
        return refusal(400, "term_exists", json!({ "term_id": id }));
    }
    let id = next(kept);
    kept.tags.push((id, encoded.clone()));
    (StatusCode::CREATED, axum::Json(json!({ "id": id, "name": encoded }))).into_response()
}

/// A time that no answer takes, and no test waits long for.
pub const SOON: Duration = Duration::from_millis(500);
