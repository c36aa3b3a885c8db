//! WordPress, as its REST API behaves towards a user with an application password.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::{Value, json};

use super::{Call, Reply, Vendor, reply, text, unknown};

/// `bot:abcd efgh` as RFC 7617 writes it.
const AUTHORIZATION: &str = "Basic Ym90OmFiY2QgZWZnaA==";

#[derive(Clone, Debug)]
pub struct Post {
    pub slug: String,
    pub status: String,
    pub title: String,
    pub content: String,
    pub tags: Vec<u64>,
    pub comments: Vec<String>,
}

pub struct WordPress {
    pub posts: BTreeMap<u64, Post>,
    pub tags: BTreeMap<u64, String>,
    pub lacking: BTreeSet<&'static str>,
    last: u64,
}

impl WordPress {
    pub fn new() -> Self {
        let names =
            (0..120).map(|n| format!("component: service {n}")).chain(["component: api".to_owned(), "news".to_owned()]);
        let tags: BTreeMap<u64, String> = (1..).zip(names).collect();
        Self { posts: BTreeMap::new(), tags, lacking: BTreeSet::new(), last: 1_000 }
    }

    pub fn tag(&self, name: &str) -> u64 {
        *self.tags.iter().find(|(_, tag)| *tag == name).unwrap_or_else(|| panic!("no tag {name}")).0
    }

    fn shown(&self, id: u64) -> Value {
        let post = &self.posts[&id];
        json!({
            "id": id,
            "link": format!("https://p2.example/{}", post.slug),
            "slug": post.slug,
            "status": post.status,
            "title": { "raw": post.title, "rendered": post.title },
            "content": { "raw": post.content, "rendered": post.content, "protected": false },
            "tags": post.tags,
        })
    }

    fn put(&mut self, id: Option<u64>, body: &Value) -> Reply {
        if let Some(key) = unknown(body, &["slug", "status", "title", "content", "tags"]).first() {
            return denied(400, "rest_invalid_param", &format!("Invalid parameter(s): {key}"));
        }
        if self.lacking.contains("publish_posts") {
            return denied(403, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user.");
        }
        if let Some(status) = body.get("status")
            && !["publish", "private", "draft"].contains(&status.as_str().unwrap_or_default())
        {
            return denied(400, "rest_invalid_param", "Invalid parameter(s): status");
        }
        let mut post = match id {
            Some(id) => self.posts[&id].clone(),
            None => Post {
                slug: String::new(),
                status: "draft".to_owned(),
                title: String::new(),
                content: String::new(),
                tags: Vec::new(),
                comments: Vec::new(),
            },
        };
        let set = |place: &mut String, key: &str| {
            if let Some(value) = body.get(key) {
                value.as_str().unwrap().clone_into(place);
            }
        };
        set(&mut post.status, "status");
        set(&mut post.title, "title");
        set(&mut post.content, "content");
        if let Some(tags) = body.get("tags") {
            // Tags that do not exist are left out, as WordPress does.
            let ids = tags.as_array().unwrap().iter().map(|id| id.as_u64().unwrap());
            post.tags = ids.filter(|id| self.tags.contains_key(id)).collect();
        }
        if let Some(slug) = body.get("slug").and_then(Value::as_str) {
            let is_slug = slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(is_slug, "WordPress would change the slug {slug}");
            let taken = |slug: &str| self.posts.iter().any(|(other, post)| Some(*other) != id && post.slug == slug);
            let mut unique = slug.to_owned();
            let mut n = 2;
            while taken(&unique) {
                unique = format!("{slug}-{n}");
                n += 1;
            }
            post.slug = unique;
        }
        let is_new = id.is_none();
        let id = id.unwrap_or_else(|| {
            self.last += 1;
            self.last
        });
        self.posts.insert(id, post);
        reply(if is_new { 201 } else { 200 }, self.shown(id))
    }

    fn comment(&mut self, body: &Value) -> Reply {
        if let Some(key) = unknown(body, &["post", "content"]).first() {
            return denied(400, "rest_invalid_param", &format!("Invalid parameter(s): {key}"));
        }
        let Some(post) = body["post"].as_u64().and_then(|id| self.posts.get_mut(&id)) else {
            return denied(
                403,
                "rest_comment_invalid_post_id",
                "Sorry, you are not allowed to create this comment without a post.",
            );
        };
        let content = filtered(text(body, "/content"));
        if post.comments.contains(&content) {
            return denied(
                409,
                "comment_duplicate",
                "Duplicate comment detected; it looks as though you&#8217;ve already said that!",
            );
        }
        post.comments.push(content.clone());
        reply(201, json!({ "id": 1, "content": { "raw": content, "rendered": content } }))
    }
}

fn page(call: &Call, all: &[Value]) -> Reply {
    let (size, page) = (call.number("per_page", 10), call.number("page", 1));
    assert!(size <= 100, "WordPress takes at most 100 a page");
    let pages = all.len().div_ceil(size).max(1);
    if page > pages {
        return denied(
            400,
            "rest_post_invalid_page_number",
            "The page number requested is larger than the number of pages available.",
        );
    }
    let entries: Vec<Value> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
    reply(200, entries.into()).with("x-wp-total", all.len()).with("x-wp-totalpages", pages)
}

impl Vendor for WordPress {
    fn answer(&mut self, call: &Call) -> Reply {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let (method, path) = (&call.method, path.as_slice());
        if (method, path) == (&Method::GET, &["wp-json"]) {
            return reply(200, json!({ "name": "Acme P2", "namespaces": ["oembed/1.0", "wp/v2"] }));
        }
        let Some(path) = path.strip_prefix(&["wp-json", "wp", "v2"]) else {
            return denied(404, "rest_no_route", "No route was found matching the URL and request method.");
        };
        if call.header("authorization") != AUTHORIZATION {
            return denied(401, "incorrect_password", "The provided password is an invalid application password.");
        }
        let is_for_editing = call.query("context") == "edit";
        match (method, path) {
            (&Method::GET, ["users", "me"]) => {
                assert!(is_for_editing);
                let names =
                    ["edit_posts", "publish_posts", "edit_published_posts", "manage_categories", "moderate_comments"];
                let has: BTreeMap<&str, bool> =
                    names.iter().map(|name| (*name, !self.lacking.contains(name))).collect();
                reply(200, json!({ "id": 5, "name": "Breaking Bot", "capabilities": has }))
            }
            (&Method::GET, ["posts"]) => {
                assert!(is_for_editing && call.query("status") == "any");
                let slug = call.query("slug");
                let found: Vec<Value> =
                    self.posts.iter().filter(|(_, post)| post.slug == slug).map(|(id, _)| self.shown(*id)).collect();
                page(call, &found)
            }
            (&Method::POST, ["posts"]) => self.put(None, &call.body),
            (_, ["posts", id]) => match id.parse().ok().filter(|id| self.posts.contains_key(id)) {
                None => denied(404, "rest_post_invalid_id", "Invalid post ID."),
                Some(id) if *method == Method::POST => self.put(Some(id), &call.body),
                Some(id) => {
                    assert!(is_for_editing);
                    reply(200, self.shown(id))
                }
            },
            (&Method::GET, ["tags"]) => {
                let search = call.query("search").to_lowercase();
                let encoded = |name: &str| name.replace('&', "&amp;");
                let found = self.tags.iter().filter(|(_, name)| name.to_lowercase().contains(&search));
                let found: Vec<Value> = found.map(|(id, name)| json!({ "id": id, "name": encoded(name) })).collect();
                page(call, &found)
            }
            (&Method::POST, ["tags"]) => {
                if self.lacking.contains("manage_categories") {
                    return denied(
                        403,
                        "rest_cannot_create",
                        "Sorry, you are not allowed to create terms in this taxonomy.",
                    );
                }
                let name = text(&call.body, "/name").to_owned();
                if let Some((id, _)) = self.tags.iter().find(|(_, tag)| tag.eq_ignore_ascii_case(&name)) {
                    return reply(
                        400,
                        json!({ "code": "term_exists", "message": "A term with the name provided already exists.", "data": { "status": 400, "term_id": id } }),
                    );
                }
                self.last += 1;
                self.tags.insert(self.last, name.clone());
                reply(201, json!({ "id": self.last, "name": name }))
            }
            (&Method::GET, ["comments"]) => {
                let post: u64 = call.query("post").parse().unwrap();
                let comments = self.posts.get(&post).map(|post| post.comments.as_slice()).unwrap_or_default();
                let comments: Vec<Value> = comments
                    .iter()
                    .rev()
                    .map(|content| json!({ "id": 1, "content": { "rendered": content } }))
                    .collect();
                page(call, &comments)
            }
            (&Method::POST, ["comments"]) => self.comment(&call.body),
            _ => denied(404, "rest_no_route", "No route was found matching the URL and request method."),
        }
    }
}

fn denied(status: u16, code: &str, message: &str) -> Reply {
    reply(status, json!({ "code": code, "message": message, "data": { "status": status } }))
}

/// What `wp_kses` leaves of a comment: HTML's comments, and the few elements that stand within a line.
fn filtered(content: &str) -> String {
    let allowed = ["a", "b", "blockquote", "code", "em", "strong"];
    let mut out = String::new();
    let mut rest = content;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let end = if rest[start..].starts_with("<!--") { "-->" } else { ">" };
        let stop = rest[start..].find(end).map_or(rest.len(), |at| start + at + end.len());
        let tag = &rest[start..stop];
        let name = tag.trim_start_matches(['<', '/']).split([' ', '>']).next().unwrap();
        if tag.starts_with("<!--") || allowed.contains(&name) {
            out.push_str(tag);
        }
        rest = &rest[stop..];
    }
    out + rest
}

/// Whether WordPress or a P2 would do something with what a person typed: run a shortcode, mention, tag or cross-post.
pub fn pings(html: &str) -> bool {
    let mut words = html.to_owned();
    while let Some(start) = words.find('<') {
        let end = words[start..].find('>').map_or(words.len(), |end| start + end + 1);
        let tag = words[start..end].to_lowercase();
        if ["<script", "<img", "<iframe"].iter().any(|bad| tag.starts_with(bad)) || tag.contains("onclick=\"") {
            return true;
        }
        words.replace_range(start..end, " ");
    }
    let mut before = ' ';
    let mut chars = words.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        if (before.is_whitespace() || before == '(') && matches!(c, '@' | '#' | '+' | '[') && next.is_alphanumeric() {
            return true;
        }
        before = c;
    }
    false
}
