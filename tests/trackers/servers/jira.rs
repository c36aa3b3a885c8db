//! Jira Cloud, as its REST API 3 behaves towards an account with an API token.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::{Call, Reply, Vendor, adf, reply, text, unknown};

/// `bot@acme.example:jira-secret` as RFC 7617 writes it.
const AUTHORIZATION: &str = "Basic Ym90QGFjbWUuZXhhbXBsZTpqaXJhLXNlY3JldA==";
/// Jira gives no longer pages of components than this, whatever is asked for.
const PAGE: usize = 50;

#[derive(Clone, Debug)]
pub struct Issue {
    pub key: String,
    pub fields: Map<String, Value>,
    pub properties: BTreeMap<String, Value>,
    pub comments: Vec<Comment>,
    pub pages: BTreeMap<String, String>,
    /// So many searches do not show it yet.
    pub hidden: usize,
}

#[derive(Clone, Debug)]
pub struct Comment {
    pub id: u64,
    pub body: Value,
    pub properties: Value,
}

pub struct Jira {
    pub issues: BTreeMap<u64, Issue>,
    pub components: Vec<String>,
    pub lacking: BTreeSet<&'static str>,
    /// Fields that are not on the project's screens.
    pub off_screen: BTreeSet<&'static str>,
    pub links: Vec<(String, String, String)>,
    pub search_lag: usize,
    /// From a status to another, by the transition's id.
    pub workflow: Vec<(&'static str, &'static str, &'static str)>,
    last: u64,
}

impl Jira {
    pub fn new() -> Self {
        Self {
            issues: BTreeMap::new(),
            components: (0..120).map(|n| format!("service {n}")).chain(["api".to_owned(), "Web".to_owned()]).collect(),
            lacking: BTreeSet::new(),
            off_screen: BTreeSet::new(),
            links: Vec::new(),
            search_lag: 0,
            workflow: vec![
                ("To Do", "In Progress", "21"),
                ("To Do", "Done", "31"),
                ("In Progress", "Done", "31"),
                ("In Progress", "Mitigated", "41"),
                ("Mitigated", "Done", "31"),
                ("Mitigated", "In Progress", "21"),
                ("Waiting", "In Progress", "21"),
                ("Done", "In Progress", "21"),
            ],
            last: 10_000,
        }
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn id(&self, name: &str) -> Option<u64> {
        name.parse()
            .ok()
            .filter(|id| self.issues.contains_key(id))
            .or_else(|| self.issues.iter().find(|(_, issue)| issue.key == name).map(|(id, _)| *id))
    }

    fn faults(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut errors = Map::new();
        for (name, value) in fields {
            let not_here = self.off_screen.contains(name.as_str());
            let wrong = match name.as_str() {
                _ if not_here => {
                    Some(format!("Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."))
                }
                "project" => (value != &json!({ "key": "OPS" })).then(|| "valid project is required".to_owned()),
                "issuetype" => (!["Task", "Sub-task", "Bug"].contains(&text(value, "/name")))
                    .then(|| "Specify a valid issue type".to_owned()),
                "summary" => {
                    let summary = value.as_str().unwrap_or_default();
                    (summary.is_empty() || summary.contains('\n') || summary.chars().count() > 255)
                        .then(|| "The summary is invalid".to_owned())
                }
                "description" => {
                    adf::check(value).err().map(|why| format!("Operation value must be an Atlassian Document ({why})"))
                }
                "labels" => value
                    .as_array()
                    .is_none_or(|labels| {
                        labels.iter().any(|label| label.as_str().is_none_or(|label| label.contains(' ')))
                    })
                    .then(|| "The label contains spaces which is invalid.".to_owned()),
                "components" => value
                    .as_array()
                    .is_none_or(|list| {
                        list.iter()
                            .any(|one| text(one, "/id").parse::<usize>().is_ok_and(|id| id >= self.components.len()))
                    })
                    .then(|| "Component is not valid".to_owned()),
                "priority" => (!["Highest", "High", "Medium", "Low", "Lowest"].contains(&text(value, "/name")))
                    .then(|| "The priority selected is invalid.".to_owned()),
                "assignee" | "customfield_20" => (!value.is_null()
                    && !["acc-alice", "acc-bob"].contains(&text(value, "/accountId")))
                .then(|| "User cannot be assigned issues.".to_owned()),
                "customfield_10" => (!value.is_null() && !is_date_time(value.as_str().unwrap_or_default()))
                    .then(|| "Operation value must be a string in yyyy-MM-dd'T'HH:mm:ss.SSSZ".to_owned()),
                "parent" => {
                    self.id(text(value, "/id")).is_none().then(|| "Could not find issue by id or key.".to_owned())
                }
                _ => Some(format!("Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.")),
            };
            if let Some(wrong) = wrong {
                errors.insert(name.clone(), wrong.into());
            }
        }
        errors
    }

    fn create(&mut self, body: &Value) -> Reply {
        if let Some(key) = unknown(body, &["fields", "properties"]).first() {
            return refusal(400, &format!("unknown {key}"));
        }
        let fields = body["fields"].as_object().cloned().unwrap_or_default();
        let mut errors = self.faults(&fields);
        let is_subtask = text(&body["fields"], "/issuetype/name") == "Sub-task";
        for needed in ["project", "issuetype", "summary"] {
            if !fields.contains_key(needed) {
                errors.insert(needed.to_owned(), "is required".into());
            }
        }
        if is_subtask != fields.contains_key("parent") {
            errors.insert("parent".to_owned(), "data was not submitted or is not allowed".into());
        }
        if !errors.is_empty() {
            return reply(400, json!({ "errorMessages": [], "errors": errors }));
        }
        let id = self.next();
        let key = format!("OPS-{}", self.issues.len() + 1);
        let mut fields = fields;
        fields.insert("status".to_owned(), json!({ "id": "1", "name": "To Do" }));
        let hidden = self.search_lag;
        let properties = properties(&body["properties"]);
        self.issues.insert(
            id,
            Issue { key: key.clone(), fields, properties, comments: Vec::new(), pages: BTreeMap::new(), hidden },
        );
        reply(
            201,
            json!({ "id": id.to_string(), "key": key, "self": format!("https://jira.example/rest/api/3/issue/{id}") }),
        )
    }

    fn search(&mut self, body: &Value) -> Reply {
        if let Some(key) = unknown(body, &["jql", "maxResults", "fields"]).first() {
            return refusal(400, &format!("unknown {key}"));
        }
        let jql = text(body, "/jql");
        let label = jql
            .strip_prefix("project = \"OPS\" AND labels = \"")
            .and_then(|rest| rest.strip_suffix("\" ORDER BY created ASC"));
        let Some(label) = label else { return refusal(400, "Error in the JQL Query") };
        let mut found = Vec::new();
        for (id, issue) in &mut self.issues {
            let has = issue.fields["labels"].as_array().is_some_and(|labels| labels.iter().any(|has| has == label));
            if has && issue.hidden == 0 {
                found.push(json!({ "id": id.to_string(), "key": issue.key }));
            }
            issue.hidden = issue.hidden.saturating_sub(1);
        }
        reply(200, json!({ "issues": found, "isLast": true }))
    }

    fn issue(&mut self, id: u64, rest: &[&str], call: &Call) -> Reply {
        let method = &call.method;
        match (method, rest) {
            (&Method::GET, []) => {
                let issue = &self.issues[&id];
                let mut fields = Map::new();
                for name in call.query("fields").split(',') {
                    let value = match name {
                        "issuelinks" => self
                            .links
                            .iter()
                            .filter_map(|(kind, from, to)| {
                                let way = if *from == id.to_string() {
                                    ("outwardIssue", to)
                                } else if *to == id.to_string() {
                                    ("inwardIssue", from)
                                } else {
                                    return None;
                                };
                                Some(json!({ "type": { "name": kind }, (way.0): { "id": way.1 } }))
                            })
                            .collect(),
                        "components" => {
                            let ids =
                                issue.fields.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
                            ids.iter().map(|id| json!({ "id": text(id, "/id"), "name": self.components[text(id, "/id").parse::<usize>().unwrap()] })).collect()
                        }
                        name => issue.fields.get(name).cloned().unwrap_or(Value::Null),
                    };
                    fields.insert(name.to_owned(), value);
                }
                let mut properties = issue.properties.clone();
                properties.retain(|key, _| call.query("properties").split(',').any(|asked| asked == key));
                reply(
                    200,
                    json!({ "id": id.to_string(), "key": issue.key, "fields": fields, "properties": properties }),
                )
            }
            (&Method::PUT, []) => {
                if let Some(key) = unknown(&call.body, &["fields", "properties"]).first() {
                    return refusal(400, &format!("unknown {key}"));
                }
                let fields = call.body["fields"].as_object().cloned().unwrap_or_default();
                let errors = self.faults(&fields);
                if !errors.is_empty() {
                    return reply(400, json!({ "errorMessages": [], "errors": errors }));
                }
                let issue = self.issues.get_mut(&id).unwrap();
                issue.fields.extend(fields);
                issue.properties.extend(properties(&call.body["properties"]));
                reply(204, Value::Null)
            }
            (&Method::GET, ["transitions"]) => {
                let status = text(&self.issues[&id].fields["status"], "/name");
                let ways = self.workflow.iter().filter(|(from, _, _)| *from == status);
                let ways: Vec<Value> = ways
                    .map(|(_, to, id)| json!({ "id": id, "name": "go", "to": { "id": "9", "name": to } }))
                    .collect();
                reply(200, json!({ "transitions": ways }))
            }
            (&Method::POST, ["transitions"]) => {
                if let Some(key) = unknown(&call.body, &["transition", "properties"]).first() {
                    return refusal(400, &format!("unknown {key}"));
                }
                let status = text(&self.issues[&id].fields["status"], "/name");
                let asked = text(&call.body, "/transition/id");
                let Some((_, to, _)) = self.workflow.iter().find(|(from, _, way)| *from == status && *way == asked)
                else {
                    return refusal(400, "It is not on the appropriate screen, or unknown.");
                };
                let to = json!({ "id": "9", "name": to });
                let issue = self.issues.get_mut(&id).unwrap();
                issue.fields.insert("status".to_owned(), to);
                issue.properties.extend(properties(&call.body["properties"]));
                reply(204, Value::Null)
            }
            (&Method::POST, ["comment"]) => {
                if let Some(key) = unknown(&call.body, &["body", "properties"]).first() {
                    return refusal(400, &format!("unknown {key}"));
                }
                if let Err(why) = adf::check(&call.body["body"]) {
                    return refusal(400, &why);
                }
                let comment = Comment {
                    id: self.next(),
                    body: call.body["body"].clone(),
                    properties: call.body["properties"].clone(),
                };
                let id = comment.id;
                let of = self.id(&call.path[4]).unwrap();
                self.issues.get_mut(&of).unwrap().comments.push(comment);
                reply(201, json!({ "id": id.to_string() }))
            }
            (&Method::GET, ["comment"]) => {
                assert_eq!(call.query("orderBy"), "-created");
                let (start, most) = (call.number("startAt", 0), call.number("maxResults", 50).min(PAGE));
                let all = &self.issues[&id].comments;
                let page: Vec<Value> = all
                    .iter()
                    .rev()
                    .skip(start)
                    .take(most)
                    .map(|comment| json!({ "id": comment.id.to_string() }))
                    .collect();
                reply(200, json!({ "comments": page, "startAt": start, "maxResults": most, "total": all.len() }))
            }
            (&Method::POST, ["remotelink"]) => {
                if let Some(key) = unknown(&call.body, &["globalId", "object"]).first() {
                    return refusal(400, &format!("unknown {key}"));
                }
                let object = &call.body["object"];
                if text(object, "/url").is_empty() || text(object, "/title").is_empty() {
                    return refusal(400, "'url' and 'title' are required");
                }
                let issue = self.issues.get_mut(&id).unwrap();
                let before =
                    issue.pages.insert(text(&call.body, "/globalId").to_owned(), text(object, "/title").to_owned());
                reply(if before.is_some() { 200 } else { 201 }, json!({ "id": 1 }))
            }
            _ => refusal(404, "no such resource"),
        }
    }

    fn comments_by_id(&self, call: &Call) -> Reply {
        assert_eq!(call.query("expand"), "properties");
        let ids: Vec<u64> = call.body["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
        assert!(ids.len() <= 1_000);
        let all = self.issues.values().flat_map(|issue| &issue.comments).filter(|comment| ids.contains(&comment.id));
        let values: Vec<Value> =
            all.map(|comment| json!({ "id": comment.id.to_string(), "properties": comment.properties })).collect();
        reply(200, json!({ "values": values, "isLast": true }))
    }

    fn link(&mut self, body: &Value) -> Reply {
        if let Some(key) = unknown(body, &["type", "inwardIssue", "outwardIssue"]).first() {
            return refusal(400, &format!("unknown {key}"));
        }
        let (from, to) = (text(body, "/inwardIssue/id").to_owned(), text(body, "/outwardIssue/id").to_owned());
        if self.id(&from).is_none() || self.id(&to).is_none() {
            return refusal(404, "Issue does not exist");
        }
        if text(body, "/type/name") != "Relates" {
            return refusal(404, "No issue link type with name");
        }
        self.links.push(("Relates".to_owned(), from, to));
        reply(201, Value::Null)
    }
}

impl Vendor for Jira {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.header("authorization") != AUTHORIZATION {
            return refusal(401, "Client must be authenticated to access this resource.");
        }
        assert_eq!(call.header("accept"), "application/json");
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let Some(path) = path.strip_prefix(&["rest", "api", "3"]) else { return refusal(404, "no such API") };
        match (&call.method, path) {
            (&Method::POST, ["issue"]) if self.lacking.contains("CREATE_ISSUES") => {
                refusal(403, "You do not have permission to create issues in this project.")
            }
            (&Method::POST, ["issue"]) => self.create(&call.body),
            (&Method::POST, ["search", "jql"]) => self.search(&call.body),
            (&Method::POST, ["comment", "list"]) => self.comments_by_id(call),
            (&Method::POST, ["issueLink"]) => self.link(&call.body),
            (_, ["issue", name, rest @ ..]) => match self.id(name) {
                Some(id) => self.issue(id, rest, call),
                None => refusal(404, "Issue does not exist or you do not have permission to see it."),
            },
            (&Method::GET, ["myself"]) => {
                reply(200, json!({ "accountId": "acc-bot", "displayName": "Breaking Bot", "active": true }))
            }
            (&Method::GET, ["project", "OPS"]) => reply(
                200,
                json!({ "id": "1", "key": "OPS", "name": "Operations", "issueTypes": [
                    { "id": "1", "name": "Task", "subtask": false },
                    { "id": "2", "name": "Sub-task", "subtask": true },
                    { "id": "3", "name": "Bug", "subtask": false },
                ] }),
            ),
            (&Method::GET, ["project", "OPS", "component"]) => {
                let (start, most) = (call.number("startAt", 0), call.number("maxResults", 50).min(PAGE));
                let page = self.components.iter().enumerate().skip(start).take(most);
                let page: Vec<Value> = page.map(|(id, name)| json!({ "id": id.to_string(), "name": name })).collect();
                let is_last = start + page.len() >= self.components.len();
                reply(200, json!({ "values": page, "isLast": is_last, "total": self.components.len() }))
            }
            (&Method::GET, ["project", "OPS", "statuses"]) => {
                let statuses = ["To Do", "In Progress", "Mitigated", "Waiting", "Done"];
                let statuses: Vec<Value> = statuses.iter().map(|name| json!({ "id": "1", "name": name })).collect();
                reply(200, json!([{ "id": "1", "name": "Task", "statuses": statuses }]))
            }
            (&Method::GET, ["project", ..]) => refusal(404, "No project could be found with key 'NOPE'."),
            (&Method::GET, ["mypermissions"]) => {
                assert_eq!(call.query("projectKey"), "OPS");
                let permission = |key: &str| {
                    let name = key
                        .split('_')
                        .map(|word| word[..1].to_owned() + &word[1..].to_lowercase())
                        .collect::<Vec<_>>()
                        .join(" ");
                    (
                        key.to_owned(),
                        json!({ "id": "1", "key": key, "name": name, "havePermission": !self.lacking.contains(key) }),
                    )
                };
                let told: Map<String, Value> = call.query("permissions").split(',').map(permission).collect();
                reply(200, json!({ "permissions": told }))
            }
            (&Method::GET, ["priority", "search"]) => {
                let names = ["Highest", "High", "Medium", "Low", "Lowest"];
                let values: Vec<Value> = names.iter().map(|name| json!({ "id": "1", "name": name })).collect();
                reply(200, json!({ "values": values, "isLast": true }))
            }
            (&Method::GET, ["issueLinkType"]) => reply(
                200,
                json!({ "issueLinkTypes": [{ "id": "1", "name": "Relates" }, { "id": "2", "name": "Blocks" }] }),
            ),
            (&Method::GET, ["field"]) => reply(
                200,
                json!([
                    { "id": "assignee", "name": "Assignee", "schema": { "type": "user" } },
                    { "id": "customfield_10", "name": "Genesis", "schema": { "type": "datetime" } },
                    { "id": "customfield_20", "name": "Comms", "schema": { "type": "user" } },
                    { "id": "customfield_30", "name": "Points", "schema": { "type": "number" } },
                    { "id": "customfield_40", "name": "Nameless" },
                ]),
            ),
            (&Method::GET, ["user", "assignable", "search"]) => {
                assert_eq!(call.query("project"), "OPS");
                let user = |account: &str, name: &str, email: Option<&str>| {
                    let mut user = json!({ "accountId": account, "displayName": name, "active": true });
                    if let Some(email) = email {
                        user["emailAddress"] = email.into();
                    }
                    user
                };
                reply(
                    200,
                    match call.query("query") {
                        "alice@acme.example" => json!([
                            user("acc-other", "Alice Other", Some("xalice@acme.example")),
                            user("acc-alice", "Alice", Some("alice@acme.example")),
                        ]),
                        "alice@playground.example" => {
                            json!([user("acc-alice", "Alice", Some("alice@playground.example"))])
                        }
                        // Hides the address.
                        "bob@acme.example" | "bob@playground.example" => json!([user("acc-bob", "Bob", None)]),
                        _ => json!([]),
                    },
                )
            }
            _ => refusal(404, "no such resource"),
        }
    }
}

fn refusal(status: u16, message: &str) -> Reply {
    reply(status, json!({ "errorMessages": [message], "errors": {} }))
}

fn properties(sent: &Value) -> BTreeMap<String, Value> {
    let sent = sent.as_array().cloned().unwrap_or_default();
    sent.iter().map(|property| (text(property, "/key").to_owned(), property["value"].clone())).collect()
}

/// `2024-02-28T17:00:00.000+0000`.
fn is_date_time(text: &str) -> bool {
    let form: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    form == "0000-00-00T00:00:00.000+0000"
}
