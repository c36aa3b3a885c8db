//! users.* and usergroups.*

use serde_json::{Value, json};

use crate::api::args::page;
use crate::api::dispatch::missing_scope;
use crate::api::method::{Answer, Method, Request, Scope, TIER_2, TIER_3, TIER_4};
use crate::json;
use crate::model::Person;

/// People of a page at most (users.list).
const MOST: usize = 1_000;

pub(super) const METHODS: &[Method] = &[
    Method { name: "users.info", scope: Scope::One("users:read"), tier: TIER_4, run: info },
    Method { name: "users.list", scope: Scope::One("users:read"), tier: TIER_2, run: list },
    Method { name: "users.lookupByEmail", scope: Scope::One("users:read.email"), tier: TIER_3, run: by_email },
    Method { name: "usergroups.list", scope: Scope::One("usergroups:read"), tier: TIER_2, run: groups },
    Method { name: "usergroups.users.list", scope: Scope::One("usergroups:read"), tier: TIER_2, run: group_users },
];

fn shown(request: &Request<'_>, person: &Person) -> Value {
    json::person(request.state, person, request.state.scopes.contains("users:read.email"))
}

fn info(request: &mut Request<'_>) -> Answer {
    let id = request.args.text("user").ok_or("user_not_found")?;
    let person = request.state.people.get(&id).ok_or("user_not_found")?;
    Ok(json!({ "user": shown(request, person) }))
}

fn list(request: &mut Request<'_>) -> Answer {
    let all: Vec<Value> = request.state.people.values().filter(|p| !p.stranger).map(|p| shown(request, p)).collect();
    let (members, metadata) = page(request.args, &all, MOST, MOST)?;
    Ok(json!({ "members": members, "cache_ts": request.state.clock.seconds(), "response_metadata": metadata }))
}

fn by_email(request: &mut Request<'_>) -> Answer {
    if !request.state.scopes.contains("users:read") {
        return Err(missing_scope(request.state, "users:read"));
    }
    let email = request.args.text("email").ok_or("users_not_found")?;
    let mut everybody = request.state.people.values();
    let person = everybody.find(|p| !p.deleted && p.email.eq_ignore_ascii_case(&email)).ok_or("users_not_found")?;
    Ok(json!({ "user": shown(request, person) }))
}

fn groups(request: &mut Request<'_>) -> Answer {
    let with_users = request.args.yes("include_users");
    let all: Vec<Value> = request.state.groups.iter().map(|g| json::group(g, with_users)).collect();
    Ok(json!({ "usergroups": all }))
}

fn group_users(request: &mut Request<'_>) -> Answer {
    let id = request.args.text("usergroup").ok_or("no_such_subteam")?;
    let group = request.state.groups.iter().find(|g| g.id == id).ok_or("no_such_subteam")?;
    Ok(json!({ "users": group.users }))
}
