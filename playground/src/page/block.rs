//! Block Kit in the page.

use serde_json::Value;

use crate::text::emoji;
use crate::text::html::{Reader, escape, link};
use crate::text::plain;

fn items(block: &Value) -> impl Iterator<Item = &Value> {
    block["elements"].as_array().into_iter().flatten()
}

pub(crate) fn block(reader: &Reader<'_>, block: &Value) -> String {
    match block["type"].as_str().unwrap_or_default() {
        "section" => section(reader, block),
        "header" => format!("<h3>{}</h3>", text(reader, &block["text"])),
        "divider" => "<hr>".to_owned(),
        "context" => {
            let parts: String = items(block).map(|e| format!("<span>{}</span>", element(reader, e))).collect();
            format!("<div class=\"context\">{parts}</div>")
        }
        "actions" => {
            let parts: String = items(block).map(|e| element(reader, e)).collect();
            format!("<div class=\"actions\">{parts}</div>")
        }
        "image" => image(block),
        "markdown" => format!("<p class=\"markdown\">{}</p>", escape(block["text"].as_str().unwrap_or_default())),
        "rich_text" => items(block).map(|part| rich(reader, part)).collect(),
        other => format!("<p class=\"unknown\">({} block)</p>", escape(other)),
    }
}

fn section(reader: &Reader<'_>, block: &Value) -> String {
    let mut out = "<div class=\"section\"><div>".to_owned();
    if block["text"].is_object() {
        out.push_str(&format!("<div>{}</div>", text(reader, &block["text"])));
    }
    if let Some(fields) = block["fields"].as_array() {
        out.push_str("<div class=\"fields\">");
        for field in fields {
            out.push_str(&format!("<div>{}</div>", text(reader, field)));
        }
        out.push_str("</div>");
    }
    out.push_str("</div>");
    if block["accessory"].is_object() {
        out.push_str(&format!("<div class=\"accessory\">{}</div>", element(reader, &block["accessory"])));
    }
    out.push_str("</div>");
    out
}

/// A text object.
fn text(reader: &Reader<'_>, object: &Value) -> String {
    let text = object["text"].as_str().unwrap_or_default();
    if object["type"] == "mrkdwn" { reader.mrkdwn(text) } else { with_emoji(text) }
}

/// Plain text, in which only `:names:` mean something.
fn with_emoji(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in text.split(':').enumerate() {
        match emoji::find(part) {
            Some(found) if place > 0 => {
                out.pop();
                let name = escape(part);
                out.push_str(&format!("<span class=\"emoji\" title=\":{name}:\">{found}</span>"));
            }
            _ => {
                out.push_str(&escape(part).replace('\n', "<br>"));
                out.push(':');
            }
        }
    }
    if out.ends_with(':') {
        out.pop();
    }
    out
}

fn element(reader: &Reader<'_>, element: &Value) -> String {
    match element["type"].as_str().unwrap_or_default() {
        "mrkdwn" | "plain_text" => text(reader, element),
        "image" => image(element),
        "button" => button(reader, element),
        other => {
            let label = plain::text_of(reader.state, &element["placeholder"]);
            let label = if label.is_empty() { other } else { &label };
            format!("<button class=\"action\" disabled>{}</button>", escape(label))
        }
    }
}

fn button(reader: &Reader<'_>, element: &Value) -> String {
    let label = text(reader, &element["text"]);
    let style = match element["style"].as_str() {
        Some("primary") => " primary",
        Some("danger") => " danger",
        _ => "",
    };
    if let Some(url) = element["url"].as_str() {
        return link(url, &format!("<span class=\"action{style}\">{label}</span>"));
    }
    let id = escape(element["action_id"].as_str().unwrap_or_default());
    format!("<button class=\"action{style}\" data-action=\"{id}\">{label}</button>")
}

/// An image as a link: the page loads nothing from elsewhere.
fn image(block: &Value) -> String {
    let alt = escape(block["alt_text"].as_str().unwrap_or("image"));
    link(block["image_url"].as_str().unwrap_or_default(), &format!("[image: {alt}]"))
}

fn rich(reader: &Reader<'_>, part: &Value) -> String {
    let within = || items(part).map(|e| rich(reader, e)).collect::<String>();
    match part["type"].as_str().unwrap_or_default() {
        "rich_text_section" => format!("<div>{}</div>", within()),
        "rich_text_quote" => format!("<blockquote>{}</blockquote>", within()),
        "rich_text_preformatted" => format!("<pre>{}</pre>", within()),
        "rich_text_list" => {
            let tag = if part["style"] == "ordered" { "ol" } else { "ul" };
            let lines: String = items(part).map(|e| format!("<li>{}</li>", rich(reader, e))).collect();
            format!("<{tag}>{lines}</{tag}>")
        }
        "text" => {
            let mut html = escape(part["text"].as_str().unwrap_or_default()).replace('\n', "<br>");
            for (style, tag) in [("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code")] {
                if part["style"][style] == true {
                    html = format!("<{tag}>{html}</{tag}>");
                }
            }
            html
        }
        "link" => {
            let to = part["url"].as_str().unwrap_or_default();
            link(to, &escape(part["text"].as_str().unwrap_or(to)))
        }
        "user" => reader.mrkdwn(&format!("<@{}>", part["user_id"].as_str().unwrap_or_default())),
        "channel" => reader.mrkdwn(&format!("<#{}>", part["channel_id"].as_str().unwrap_or_default())),
        "usergroup" => reader.mrkdwn(&format!("<!subteam^{}>", part["usergroup_id"].as_str().unwrap_or_default())),
        "broadcast" => reader.mrkdwn(&format!("<!{}>", part["range"].as_str().unwrap_or_default())),
        "emoji" => reader.mrkdwn(&format!(":{}: ", part["name"].as_str().unwrap_or_default())),
        _ => within(),
    }
}
