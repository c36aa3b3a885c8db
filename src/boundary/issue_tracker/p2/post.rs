//! The bot's part of a post: one group block, which WordPress's editor keeps whole. Its class tells what the bot wrote
//! last; the editor keeps a block's class, and nothing else that it does not know.

use serde_json::{Value, json};

/// The class of the part that is rendered from the incident.
const KEPT: &str = "breakingbot-kept";
/// The class of the part that has the links.
const LINKS: &str = "breakingbot-links";
const OPEN: &str = "<!-- wp:group ";
const ANY_OPEN: &str = "<!-- wp:group";
const CLOSE: &str = "<!-- /wp:group -->";

/// What the bot wrote last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wrote {
    /// A mark of the title.
    pub title: String,
    /// The tags for priority and components.
    pub tags: Vec<u64>,
    /// The tag of the status that the bot chose; `Some(None)` for none.
    pub status: Option<Option<u64>>,
}

impl Wrote {
    fn classes(&self) -> String {
        let mut classes = vec![KEPT.to_owned(), format!("breakingbot-title-{}", self.title)];
        classes.extend(self.tags.iter().map(|tag| format!("breakingbot-tag-{tag}")));
        match self.status {
            Some(Some(tag)) => classes.push(format!("breakingbot-status-{tag}")),
            Some(None) => classes.push("breakingbot-status-none".to_owned()),
            None => {}
        }
        classes.join(" ")
    }

    fn of(classes: &str) -> Self {
        let mut wrote = Self::default();
        for class in classes.split_whitespace() {
            if let Some(mark) = class.strip_prefix("breakingbot-title-") {
                wrote.title = mark.to_owned();
            } else if let Some(tag) = class.strip_prefix("breakingbot-tag-") {
                wrote.tags.extend(tag.parse::<u64>());
            } else if let Some(tag) = class.strip_prefix("breakingbot-status-") {
                wrote.status = if tag == "none" { Some(None) } else { tag.parse().ok().map(Some) };
            }
        }
        wrote
    }
}

/// A group block of the bot's: where it begins and ends, its classes, and what is in it.
struct Part<'c> {
    start: usize,
    end: usize,
    classes: String,
    inner: &'c str,
}

fn find<'c>(content: &'c str, class: &str) -> Option<Part<'c>> {
    let mut from = 0;
    while let Some(start) = content.get(from..)?.find(OPEN).map(|at| from + at) {
        let after = start + OPEN.len();
        let json_end = after + content.get(after..)?.find("-->")?;
        let attributes: Value = serde_json::from_str(content.get(after..json_end)?.trim()).unwrap_or_default();
        let classes = attributes.get("className").and_then(Value::as_str).unwrap_or_default();
        if classes.split_whitespace().any(|has| has == class) {
            let inside = json_end + "-->".len();
            let close = inside + closing(content.get(inside..)?)?;
            let inner = content.get(inside..close)?.trim();
            let inner = inner.strip_suffix("</div>").unwrap_or(inner);
            let inner = inner.split_once('>').map_or("", |(_, inner)| inner).trim();
            return Some(Part { start, end: close + CLOSE.len(), classes: classes.to_owned(), inner });
        }
        from = after;
    }
    None
}

/// Where the block that was opened before is closed; blocks of the same kind may be in it.
fn closing(content: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let rest = content.get(at..)?;
        let close = rest.find(CLOSE)?;
        match rest.find(ANY_OPEN) {
            Some(open) if open < close => {
                depth += 1;
                at += open + ANY_OPEN.len();
            }
            _ if depth == 0 => return Some(at + close),
            _ => {
                depth -= 1;
                at += close + CLOSE.len();
            }
        }
    }
}

fn group(classes: &str, inner: &str) -> String {
    let attributes = json!({ "className": classes });
    format!("{OPEN}{attributes} -->\n<div class=\"wp-block-group {classes}\">{inner}</div>\n{CLOSE}")
}

/// What the bot wrote last, when the post still tells.
pub(super) fn wrote(content: &str) -> Option<Wrote> {
    find(content, KEPT).map(|part| Wrote::of(&part.classes))
}

/// The blocks in the bot's part.
pub(super) fn part(content: &str) -> Option<&str> {
    find(content, KEPT).map(|part| part.inner)
}

/// The post with the bot's part replaced, or put behind everything else when it is not there.
pub(super) fn with_part(content: &str, wrote: &Wrote, blocks: &str) -> String {
    replaced(content, find(content, KEPT), &group(&wrote.classes(), blocks))
}

/// The post with a link in the bot's list of links; one with the same address is replaced.
pub(super) fn with_link(content: &str, href: &str, html: &str) -> String {
    const ITEM: &str = "<!-- wp:list-item -->";
    let item = format!("{ITEM}\n<li>{html}</li>\n<!-- /wp:list-item -->");
    let part = find(content, LINKS);
    let mut items: Vec<String> = part
        .iter()
        .flat_map(|part| part.inner.split(ITEM).skip(1))
        .map(|item| {
            let item = item.split("<!-- /wp:list-item -->").next().unwrap_or_default().trim();
            format!("{ITEM}\n{item}\n<!-- /wp:list-item -->")
        })
        .collect();
    let mark = format!("href=\"{href}\"");
    match items.iter_mut().find(|item| item.contains(&mark)) {
        Some(found) => *found = item,
        None => items.push(item),
    }
    let list = items.join("\n\n");
    let inner = format!("<!-- wp:list -->\n<ul class=\"wp-block-list\">{list}</ul>\n<!-- /wp:list -->");
    replaced(content, part, &group(LINKS, &inner))
}

fn replaced(content: &str, part: Option<Part<'_>>, group: &str) -> String {
    match part {
        Some(part) => {
            let before = content.get(..part.start).unwrap_or_default();
            let after = content.get(part.end..).unwrap_or_default();
            format!("{before}{group}{after}")
        }
        None if content.trim().is_empty() => group.to_owned(),
        None => format!("{}\n\n{group}", content.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrote_now() -> Wrote {
        Wrote { title: "0123".to_owned(), tags: vec![3, 4], status: Some(Some(5)) }
    }

    #[test]
    fn what_people_write_around_it_survives() {
        let first = with_part("", &wrote_now(), "<!-- wp:paragraph -->\n<p>one</p>\n<!-- /wp:paragraph -->");
        assert_eq!(wrote(&first), Some(wrote_now()));
        let theirs = "<!-- wp:group {\"className\":\"mine\"} -->\n<div class=\"wp-block-group mine\">x</div>\n<!-- /wp:group -->";
        let edited = format!("{theirs}\n\n{first}\n\n{theirs}");
        let second = with_part(&edited, &wrote_now(), "<!-- wp:paragraph -->\n<p>two</p>\n<!-- /wp:paragraph -->");
        assert_eq!(second, edited.replace("one", "two"));
        assert_eq!(part(&second), Some("<!-- wp:paragraph -->\n<p>two</p>\n<!-- /wp:paragraph -->"));
    }

    #[test]
    fn a_group_in_the_group_does_not_end_it() {
        let inner = "<!-- wp:group -->\n<div class=\"wp-block-group\">deep</div>\n<!-- /wp:group -->";
        let first = with_part("Before", &wrote_now(), inner);
        let second = with_part(&format!("{first}\n\nBehind"), &wrote_now(), "two");
        assert!(
            second.starts_with("Before\n\n") && second.ends_with("\n\nBehind") && !second.contains("deep"),
            "{second}"
        );
    }

    #[test]
    fn a_link_stands_once() {
        let one = with_link("Text", "https://a.example", "<a href=\"https://a.example\">a</a>");
        let two = with_link(&one, "https://b.example", "<a href=\"https://b.example\">b</a>");
        let again = with_link(&two, "https://a.example", "<a href=\"https://a.example\">A</a>");
        assert_eq!(again, two.replace(">a</a>", ">A</a>"));
        assert_eq!(again.matches("<li>").count(), 2);
    }
}
