//! bookmarks.*

use serde_json::{Value, json};

use crate::api::method::{Answer, Method, Request, Scope, TIER_2, TIER_3, done};
use crate::model::{BOT_USER, Bookmark, TEAM_ID};
use crate::refused::Refused;

/// Bookmarks of a channel (bookmarks.add, too_many_bookmarks).
const MOST: usize = 100;

pub(super) const METHODS: &[Method] = &[
    Method { name: "bookmarks.add", scope: Scope::One("bookmarks:write"), tier: TIER_2, run: add },
    Method { name: "bookmarks.edit", scope: Scope::One("bookmarks:write"), tier: TIER_2, run: edit },
    Method { name: "bookmarks.remove", scope: Scope::One("bookmarks:write"), tier: TIER_2, run: remove },
    Method { name: "bookmarks.list", scope: Scope::One("bookmarks:read"), tier: TIER_3, run: list },
];

fn shown(channel: &str, bookmark: &Bookmark, rank: usize) -> Value {
    json!({
        "id": bookmark.id,
        "channel_id": channel,
        "title": bookmark.title,
        "link": bookmark.link,
        "emoji": bookmark.emoji,
        "icon_url": null,
        "type": "link",
        "entity_id": null,
        "date_created": bookmark.created,
        "date_updated": bookmark.updated,
        "rank": format!("{rank:03}"),
        "last_updated_by_user_id": bookmark.user,
        "last_updated_by_team_id": TEAM_ID,
        "shortcut_id": null,
        "app_id": null,
    })
}

fn channel(request: &Request<'_>) -> Result<String, Refused> {
    let id = request.channel_as("channel_id")?;
    let found = request.state.channel(&id)?;
    if !found.has(BOT_USER) {
        return Err("not_in_channel".into());
    }
    if found.archived { Err("is_archived".into()) } else { Ok(id) }
}

fn link(request: &Request<'_>) -> Result<Option<String>, Refused> {
    match request.args.text("link") {
        Some(link) if link.starts_with("http://") || link.starts_with("https://") => Ok(Some(link)),
        Some(_) => Err("invalid_link".into()),
        None => Ok(None),
    }
}

fn add(request: &mut Request<'_>) -> Answer {
    let channel = channel(request)?;
    let title = request.args.required("title")?;
    if request.args.required("type")? != "link" {
        return Err("invalid_bookmark_type".into());
    }
    let link = link(request)?.ok_or("invalid_link")?;
    let id = format!("Bk{:09}", request.state.serial());
    let bookmark = Bookmark {
        id,
        title,
        link,
        emoji: request.args.text("emoji").unwrap_or_default(),
        created: request.state.clock.seconds(),
        updated: 0,
        user: BOT_USER.to_owned(),
    };
    let list = &mut request.state.channel_mut(&channel)?.bookmarks;
    if list.len() >= MOST {
        return Err("too_many_bookmarks".into());
    }
    let answer = json!({ "bookmark": shown(&channel, &bookmark, list.len()) });
    list.push(bookmark);
    Ok(answer)
}

fn edit(request: &mut Request<'_>) -> Answer {
    let channel = channel(request)?;
    let id = request.args.required("bookmark_id")?;
    let (title, link, emoji) = (request.args.text("title"), link(request)?, request.args.text("emoji"));
    let now = request.state.clock.seconds();
    let list = &mut request.state.channel_mut(&channel)?.bookmarks;
    let rank = list.iter().position(|b| b.id == id).ok_or("not_found")?;
    let bookmark = &mut list[rank];
    bookmark.title = title.unwrap_or(std::mem::take(&mut bookmark.title));
    bookmark.link = link.unwrap_or(std::mem::take(&mut bookmark.link));
    bookmark.emoji = emoji.unwrap_or(std::mem::take(&mut bookmark.emoji));
    bookmark.updated = now;
    Ok(json!({ "bookmark": shown(&channel, bookmark, rank) }))
}

fn remove(request: &mut Request<'_>) -> Answer {
    let channel = channel(request)?;
    let id = request.args.required("bookmark_id")?;
    let list = &mut request.state.channel_mut(&channel)?.bookmarks;
    let before = list.len();
    list.retain(|b| b.id != id);
    if list.len() == before { Err("not_found".into()) } else { done() }
}

fn list(request: &mut Request<'_>) -> Answer {
    let channel = request.channel_as("channel_id")?;
    let found = request.state.channel(&channel)?;
    if !found.has(BOT_USER) {
        return Err("not_in_channel".into());
    }
    let all: Vec<Value> = found.bookmarks.iter().enumerate().map(|(rank, b)| shown(&channel, b, rank)).collect();
    Ok(json!({ "bookmarks": all }))
}
