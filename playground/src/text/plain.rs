//! Messages in plain text, as a person reads them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::model::Message;
use crate::state::State;
use crate::text::token::{self, Piece, Token};

/// The message's blocks or else its text, then attachments and files.
pub(crate) fn message(state: &State, message: &Message) -> String {
    let mut lines: Vec<String> = Vec::new();
    if message.blocks.is_empty() {
        lines.push(mrkdwn(state, &message.text));
    } else {
        lines.extend(message.blocks.iter().map(|b| block(state, b)));
    }
    for attachment in &message.attachments {
        let text = attachment["text"].as_str().or(attachment["fallback"].as_str()).unwrap_or_default();
        lines.push(mrkdwn(state, text));
        lines.extend(attachment["blocks"].as_array().into_iter().flatten().map(|b| block(state, b)));
    }
    lines.extend(message.files.iter().map(|f| format!("(file: {})", f.name)));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// mrkdwn with its tokens replaced and its entities decoded; `*`, `_` and the like stay.
pub(crate) fn mrkdwn(state: &State, text: &str) -> String {
    token::pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => token::decode(text),
            Piece::Token(token) => token_text(state, &token),
        })
        .collect()
}

fn token_text(state: &State, token: &Token<'_>) -> String {
    match token {
        Token::Link(to, Some(label)) => format!("{} ({})", token::decode(label), token::decode(to)),
        Token::Link(to, None) => token::decode(to),
        Token::Date { seconds, format, link, fallback } => {
            let shown =
                date(*seconds, &token::decode(format), &TimeZone::UTC).unwrap_or_else(|| token::decode(fallback));
            link.map_or(shown.clone(), |link| format!("{shown} ({})", token::decode(link)))
        }
        other => name(state, other),
    }
}

/// A mention by its name: `@alice`, `#breaking`, `@oncall`, `@here`.
pub(crate) fn name(state: &State, token: &Token<'_>) -> String {
    match token {
        Token::Person(id) => format!("@{}", state.shown_name(id)),
        Token::Channel(id, label) => {
            let known = state.channels.get(*id).map(|c| c.name.as_str());
            format!("#{}", known.or(*label).unwrap_or(id))
        }
        Token::Group(id, label) => {
            let known = state.groups.iter().find(|g| g.id == *id).map(|g| g.handle.as_str());
            format!("@{}", known.or(label.map(|l| l.trim_start_matches('@'))).unwrap_or(id))
        }
        Token::Everybody(who) => format!("@{who}"),
        Token::Date { fallback, .. } => token::decode(fallback),
        Token::Link(to, label) => token::decode(label.unwrap_or(to)),
    }
}

/// A date by Slack's format tokens. "Pretty" forms are written out, since "today" would make no snapshot.
pub(crate) fn date(seconds: i64, format: &str, zone: &TimeZone) -> Option<String> {
    let at = Timestamp::from_second(seconds).ok()?.to_zoned(zone.clone());
    let day = at.day();
    let ordinal = match (day % 10, day / 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    };
    let mut out = format.to_owned();
    for (tokens, written) in [
        (&["{date_num}"][..], at.strftime("%Y-%m-%d").to_string()),
        (&["{date_slash}"][..], at.strftime("%m/%d/%Y").to_string()),
        (&["{date_short}", "{date_short_pretty}"][..], at.strftime("%b %-d, %Y").to_string()),
        (
            &["{date_long}", "{date_long_pretty}", "{date_long_full}"][..],
            format!("{} {day}{ordinal}, {}", at.strftime("%A, %B"), at.year()),
        ),
        (&["{date}", "{date_pretty}"][..], format!("{} {day}{ordinal}, {}", at.strftime("%B"), at.year())),
        (&["{day_divider_pretty}"][..], format!("{} {day}{ordinal}", at.strftime("%A, %B"))),
        (&["{time}"][..], at.strftime("%H:%M").to_string()),
        (&["{time_secs}"][..], at.strftime("%H:%M:%S").to_string()),
        (&["{ago}"][..], at.strftime("%Y-%m-%d %H:%M").to_string()),
    ] {
        for token in tokens {
            out = out.replace(token, &written);
        }
    }
    Some(out)
}

/// The text of a text object.
pub(crate) fn text_of(state: &State, object: &Value) -> String {
    let text = object["text"].as_str().unwrap_or_default();
    if object["type"] == "plain_text" { text.to_owned() } else { mrkdwn(state, text) }
}

fn block(state: &State, block: &Value) -> String {
    let elements = || block["elements"].as_array().into_iter().flatten();
    match block["type"].as_str().unwrap_or_default() {
        "section" => {
            let mut lines = vec![text_of(state, &block["text"])];
            lines.extend(block["fields"].as_array().into_iter().flatten().map(|f| text_of(state, f)));
            if block["accessory"].is_object() {
                lines.push(element(state, &block["accessory"]));
            }
            lines.retain(|l| !l.is_empty());
            lines.join("\n")
        }
        "header" => text_of(state, &block["text"]),
        "context" | "actions" => elements().map(|e| element(state, e)).collect::<Vec<_>>().join(" "),
        "divider" => "───".to_owned(),
        "image" => format!("(image: {})", block["alt_text"].as_str().unwrap_or_default()),
        "markdown" => block["text"].as_str().unwrap_or_default().to_owned(),
        "rich_text" => elements().map(|e| rich(state, e)).collect(),
        other => format!("({other})"),
    }
}

fn element(state: &State, element: &Value) -> String {
    match element["type"].as_str().unwrap_or_default() {
        "mrkdwn" | "plain_text" => text_of(state, element),
        "image" => format!("(image: {})", element["alt_text"].as_str().unwrap_or_default()),
        "button" => format!("[{}]", text_of(state, &element["text"])),
        other => {
            let label = text_of(state, &element["placeholder"]);
            if label.is_empty() { format!("[{other}]") } else { format!("[{label}]") }
        }
    }
}

fn rich(state: &State, part: &Value) -> String {
    let within = || part["elements"].as_array().into_iter().flatten().map(|e| rich(state, e));
    match part["type"].as_str().unwrap_or_default() {
        "text" => part["text"].as_str().unwrap_or_default().to_owned(),
        "user" => format!("@{}", state.shown_name(part["user_id"].as_str().unwrap_or_default())),
        "channel" => name(state, &Token::Channel(part["channel_id"].as_str().unwrap_or_default(), None)),
        "usergroup" => name(state, &Token::Group(part["usergroup_id"].as_str().unwrap_or_default(), None)),
        "broadcast" => format!("@{}", part["range"].as_str().unwrap_or_default()),
        "emoji" => format!(":{}:", part["name"].as_str().unwrap_or_default()),
        "link" => {
            let to = part["url"].as_str().unwrap_or_default();
            part["text"].as_str().map_or_else(|| to.to_owned(), |label| format!("{label} ({to})"))
        }
        "rich_text_list" => within().map(|item| format!("• {item}\n")).collect(),
        _ => within().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[test]
    fn shows_tokens_as_people_see_them() {
        let state = State::new(&Options::default());
        for (stored, seen) in [
            ("<@U0ALICE> &amp; <@UNKNOWN>", "@alice & @UNKNOWN"),
            ("<#C0MAIN> <#C9|old>", "#breaking #old"),
            ("<!subteam^S0ONCALL> <!channel>", "@oncall @channel"),
            ("<https://e.example/?a=1&amp;b=2|the page>", "the page (https://e.example/?a=1&b=2)"),
            ("<!date^1392734382^{date_num} {time_secs}|x>", "2014-02-18 14:39:42"),
            (
                "<!date^1392734382^{date_long} at {time}^https://e.example/|x>",
                "Tuesday, February 18th, 2014 at 14:39 (https://e.example/)",
            ),
            ("<!date^999999999999999^{date}|once>", "once"),
            ("&lt;@U0ALICE&gt; *bold*", "<@U0ALICE> *bold*"),
        ] {
            assert_eq!(mrkdwn(&state, stored), seen, "{stored}");
        }
    }

    #[test]
    fn shows_blocks_line_by_line() {
        let state = State::new(&Options::default());
        let blocks = serde_json::json!([
            { "type": "header", "text": { "type": "plain_text", "text": "Checkout <is> down" } },
            { "type": "section", "text": { "type": "mrkdwn", "text": "by <@U0BOB>" },
              "fields": [{ "type": "mrkdwn", "text": "*Point*" }, { "type": "plain_text", "text": "-" }] },
            { "type": "divider" },
            { "type": "actions", "elements": [{ "type": "button", "action_id": "a", "text": { "type": "plain_text", "text": "Take" } }] },
            { "type": "context", "elements": [{ "type": "mrkdwn", "text": "one" }, { "type": "mrkdwn", "text": "two" }] },
        ]);
        let shown: Vec<String> = blocks.as_array().unwrap().iter().map(|b| block(&state, b)).collect();
        assert_eq!(shown, ["Checkout <is> down", "by @bob\n*Point*\n-", "───", "[Take]", "one two"]);
    }
}
