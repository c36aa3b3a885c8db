//! Block Kit's rules, as far as a message or a view can break them. Source: docs.slack.dev "Block Kit" reference.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::refused::Refused;

/// Blocks of a message.
const MOST_IN_MESSAGE: usize = 50;
/// Blocks of a modal or a home tab.
const MOST_IN_VIEW: usize = 100;
/// Characters of a section's text.
const SECTION_TEXT: usize = 3_000;
/// Fields of a section, and characters of each.
const FIELDS: usize = 10;
const FIELD_TEXT: usize = 2_000;
/// Characters of a header.
const HEADER_TEXT: usize = 150;
/// Elements of a context block, and characters of each text there.
const CONTEXT_ELEMENTS: usize = 10;
const CONTEXT_TEXT: usize = 3_000;
/// Elements of an actions block.
const ACTIONS_ELEMENTS: usize = 25;
/// Characters on a button, of its value and of its address.
const BUTTON_TEXT: usize = 75;
const BUTTON_VALUE: usize = 2_000;
const BUTTON_URL: usize = 3_000;
/// Characters of block ids and action ids.
const ID: usize = 255;
/// Characters of an image's address and of its alternative text.
const IMAGE_URL: usize = 3_000;
const ALT_TEXT: usize = 2_000;
/// Characters of all markdown blocks of a message.
const MARKDOWN_TEXT: usize = 12_000;

/// Elements that people use, and therefore have an action id.
const INTERACTIVE: [&str; 17] = [
    "button",
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "overflow",
    "radio_buttons",
    "timepicker",
    "workflow_button",
    "plain_text_input",
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_users_select",
    "multi_channels_select",
];

/// Where blocks are to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Message,
    View,
}

/// What is wrong, and where (a JSON pointer).
struct Wrong(String, String);

type Checked = Result<(), Wrong>;

/// Refuses what Slack refuses.
pub(crate) fn check(blocks: &[Value], surface: Surface) -> Result<(), Refused> {
    let most = if surface == Surface::Message { MOST_IN_MESSAGE } else { MOST_IN_VIEW };
    let counted = if blocks.len() > most { wrong("", format!("no more than {most} items allowed")) } else { Ok(()) };
    counted.and_then(|()| check_all(blocks)).map_err(|Wrong(at, what)| {
        let message = format!("{what} [json-pointer:/blocks{at}]");
        Refused::from("invalid_blocks")
            .with("errors", json!([message]))
            .with("response_metadata", json!({ "messages": [format!("[ERROR] {message}")] }))
    })
}

fn wrong(at: &str, what: impl Into<String>) -> Checked {
    Err(Wrong(at.to_owned(), what.into()))
}

fn check_all(blocks: &[Value]) -> Checked {
    let mut block_ids = HashSet::new();
    let mut markdown = 0;
    for (place, block) in blocks.iter().enumerate() {
        let at = format!("/{place}");
        if let Some(id) = block["block_id"].as_str() {
            check_length(&format!("{at}/block_id"), id, ID)?;
            if !block_ids.insert(id) {
                return wrong(&format!("{at}/block_id"), "this block_id is used twice");
            }
        }
        if block["type"] == "markdown" {
            markdown += block["text"].as_str().map_or(0, |t| t.chars().count());
            if markdown > MARKDOWN_TEXT {
                return wrong(&format!("{at}/text"), format!("must be at most {MARKDOWN_TEXT} characters together"));
            }
        }
        check_block(&at, block)?;
    }
    Ok(())
}

fn check_block(at: &str, block: &Value) -> Checked {
    match block["type"].as_str() {
        Some("section") => section(at, block),
        Some("header") => text(&format!("{at}/text"), &block["text"], HEADER_TEXT, &["plain_text"]),
        Some("context") => {
            let elements = listed(&format!("{at}/elements"), &block["elements"], CONTEXT_ELEMENTS)?;
            each(&format!("{at}/elements"), elements, |at, element| match element["type"].as_str() {
                Some("image") => image(at, element),
                _ => text(at, element, CONTEXT_TEXT, &["plain_text", "mrkdwn"]),
            })
        }
        Some("actions") => {
            let elements = listed(&format!("{at}/elements"), &block["elements"], ACTIONS_ELEMENTS)?;
            let mut ids = HashSet::new();
            each(&format!("{at}/elements"), elements, |at, element| {
                interactive(at, element)?;
                match element["action_id"].as_str() {
                    Some(id) if !ids.insert(id) => wrong(&format!("{at}/action_id"), "this action_id is used twice"),
                    _ => Ok(()),
                }
            })
        }
        Some("image") => image(at, block),
        Some("input") => {
            text(&format!("{at}/label"), &block["label"], FIELD_TEXT, &["plain_text"])?;
            interactive(&format!("{at}/element"), &block["element"])
        }
        Some("rich_text") => listed(&format!("{at}/elements"), &block["elements"], usize::MAX).map(|_| ()),
        Some("markdown") if block["text"].is_string() => Ok(()),
        Some("divider" | "file" | "video" | "context_actions" | "table") => Ok(()),
        Some("markdown") | None => wrong(at, "missing required field"),
        Some(other) => wrong(&format!("{at}/type"), format!("unsupported type: {other}")),
    }
}

fn section(at: &str, block: &Value) -> Checked {
    let (has_text, fields) = (block.get("text").is_some(), &block["fields"]);
    if !has_text && !fields.is_array() {
        return wrong(at, "missing required field: text or fields");
    }
    if has_text {
        text(&format!("{at}/text"), &block["text"], SECTION_TEXT, &["plain_text", "mrkdwn"])?;
    }
    if !fields.is_null() {
        let at = format!("{at}/fields");
        let fields = listed(&at, fields, FIELDS)?;
        each(&at, fields, |at, field| text(at, field, FIELD_TEXT, &["plain_text", "mrkdwn"]))?;
    }
    match &block["accessory"] {
        Value::Null => Ok(()),
        image_block if image_block["type"] == "image" => image(&format!("{at}/accessory"), image_block),
        element => interactive(&format!("{at}/accessory"), element),
    }
}

fn interactive(at: &str, element: &Value) -> Checked {
    let kind = element["type"].as_str().unwrap_or_default();
    if !INTERACTIVE.contains(&kind) {
        return wrong(&format!("{at}/type"), format!("unsupported type: {kind}"));
    }
    if let Some(id) = element["action_id"].as_str() {
        check_length(&format!("{at}/action_id"), id, ID)?;
    }
    if kind == "button" {
        text(&format!("{at}/text"), &element["text"], BUTTON_TEXT, &["plain_text"])?;
        check_length(&format!("{at}/value"), element["value"].as_str().unwrap_or_default(), BUTTON_VALUE)?;
        check_length(&format!("{at}/url"), element["url"].as_str().unwrap_or_default(), BUTTON_URL)?;
        if !matches!(element["style"].as_str(), None | Some("primary" | "danger")) {
            return wrong(&format!("{at}/style"), "must be primary or danger");
        }
    }
    Ok(())
}

fn image(at: &str, block: &Value) -> Checked {
    match (block["image_url"].as_str(), block["slack_file"].is_object()) {
        (Some(url), _) => check_length(&format!("{at}/image_url"), url, IMAGE_URL)?,
        (None, true) => {}
        (None, false) => return wrong(at, "missing required field: image_url"),
    }
    match block["alt_text"].as_str() {
        Some(alt) => check_length(&format!("{at}/alt_text"), alt, ALT_TEXT),
        None => wrong(at, "missing required field: alt_text"),
    }
}

fn text(at: &str, object: &Value, longest: usize, kinds: &[&str]) -> Checked {
    let Some(kind) = object["type"].as_str() else { return wrong(at, "missing required field: type") };
    if !kinds.contains(&kind) {
        return wrong(&format!("{at}/type"), format!("must be {}", kinds.join(" or ")));
    }
    let at = format!("{at}/text");
    match object["text"].as_str() {
        None => wrong(&at, "missing required field: text"),
        Some("") => wrong(&at, "must be more than 0 characters"),
        Some(text) => check_length(&at, text, longest),
    }
}

fn check_length(at: &str, text: &str, longest: usize) -> Checked {
    if text.chars().count() > longest {
        return wrong(at, format!("must be less than {} characters", longest + 1));
    }
    Ok(())
}

fn listed<'a>(at: &str, value: &'a Value, most: usize) -> Result<&'a [Value], Wrong> {
    match value.as_array() {
        None => Err(Wrong(at.to_owned(), "missing required field".to_owned())),
        Some(items) if items.is_empty() => Err(Wrong(at.to_owned(), "no fewer than 1 item allowed".to_owned())),
        Some(items) if items.len() > most => Err(Wrong(at.to_owned(), format!("no more than {most} items allowed"))),
        Some(items) => Ok(items),
    }
}

fn each<'a>(at: &str, items: &'a [Value], mut check: impl FnMut(&str, &'a Value) -> Checked) -> Checked {
    items.iter().enumerate().try_for_each(|(place, item)| check(&format!("{at}/{place}"), item))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(length: usize) -> Value {
        json!({ "type": "plain_text", "text": "x".repeat(length) })
    }

    fn mrkdwn(length: usize) -> Value {
        json!({ "type": "mrkdwn", "text": "x".repeat(length) })
    }

    fn button() -> Value {
        json!({ "type": "button", "action_id": "a", "text": plain(5) })
    }

    #[test]
    fn takes_what_slack_takes() {
        for block in [
            json!({ "type": "section", "text": mrkdwn(3000) }),
            json!({ "type": "section", "fields": [mrkdwn(2000), plain(1)], "accessory": button() }),
            json!({ "type": "header", "text": plain(150) }),
            json!({ "type": "divider" }),
            json!({ "type": "context", "elements": [mrkdwn(10), { "type": "image", "image_url": "https://e.example/x.png", "alt_text": "x" }] }),
            json!({ "type": "actions", "elements": [button(), { "type": "button", "text": plain(75), "style": "danger" }] }),
            json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [] }] }),
            json!({ "type": "markdown", "text": "**x**" }),
        ] {
            assert_eq!(check(std::slice::from_ref(&block), Surface::Message), Ok(()), "{block}");
        }
        assert_eq!(check(&vec![json!({ "type": "divider" }); 50], Surface::Message), Ok(()));
        assert_eq!(check(&vec![json!({ "type": "divider" }); 100], Surface::View), Ok(()));
    }

    #[test]
    fn refuses_what_slack_refuses_and_says_where() {
        for (blocks, pointer) in [
            (json!(vec![json!({ "type": "divider" }); 51]), "/blocks"),
            (json!([{ "type": "nonsense" }]), "/blocks/0/type"),
            (json!([{ "text": "x" }]), "/blocks/0"),
            (json!(["x"]), "/blocks/0"),
            (json!([{ "type": "section" }]), "/blocks/0"),
            (json!([{ "type": "divider" }, { "type": "section", "text": mrkdwn(3001) }]), "/blocks/1/text/text"),
            (json!([{ "type": "section", "text": mrkdwn(0) }]), "/blocks/0/text/text"),
            (json!([{ "type": "section", "text": "x" }]), "/blocks/0/text"),
            (json!([{ "type": "section", "fields": vec![mrkdwn(1); 11] }]), "/blocks/0/fields"),
            (json!([{ "type": "section", "fields": [mrkdwn(2001)] }]), "/blocks/0/fields/0/text"),
            (json!([{ "type": "header", "text": plain(151) }]), "/blocks/0/text/text"),
            (json!([{ "type": "header", "text": mrkdwn(1) }]), "/blocks/0/text/type"),
            (json!([{ "type": "context", "elements": vec![mrkdwn(1); 11] }]), "/blocks/0/elements"),
            (json!([{ "type": "context", "elements": [] }]), "/blocks/0/elements"),
            (json!([{ "type": "actions", "elements": [button(), button()] }]), "/blocks/0/elements/1/action_id"),
            (
                json!([{ "type": "actions", "elements": [{ "type": "button", "text": plain(76) }] }]),
                "/blocks/0/elements/0/text/text",
            ),
            (json!([{ "type": "actions", "elements": [mrkdwn(3)] }]), "/blocks/0/elements/0/type"),
            (json!([{ "type": "image", "image_url": "https://e.example" }]), "/blocks/0"),
            (
                json!([{ "type": "divider", "block_id": "a" }, { "type": "divider", "block_id": "a" }]),
                "/blocks/1/block_id",
            ),
        ] {
            let refused = check(blocks.as_array().unwrap(), Surface::Message).unwrap_err();
            assert_eq!(refused.code(), "invalid_blocks", "{blocks}");
            let answer = refused.into_answer();
            let said = answer["errors"][0].as_str().unwrap();
            assert!(said.ends_with(&format!("[json-pointer:{pointer}]")), "{said} for {blocks}");
        }
    }
}
