//! The bot's part of a description: the blocks between two short lines that say so. What is before and behind them is
//! other people's, whatever kind of blocks it is, and is handed back as it came.

use serde_json::Value;

use super::adf;

/// The first line. Only its beginning is looked for, so that its wording can change.
const BEGIN: &str = "▼ Breaking Bot keeps this part current. Write above or below it.";
const BEGIN_MARK: &str = "▼ Breaking Bot";
/// The last line.
const END: &str = "▲ End of Breaking Bot's part.";
const END_MARK: &str = "▲ End of Breaking Bot";

/// The description with the bot's part replaced, or put behind everything else when it is not there. An incomplete pair
/// of lines marks nothing: what is between is then somebody's text, and only the line goes.
pub(super) fn with_part(description: Option<&Value>, part: Vec<Value>) -> Value {
    let mut blocks = content(description);
    let begin = blocks.iter().position(|block| is(block, BEGIN_MARK));
    let end = begin.and_then(|begin| {
        let end = blocks.iter().skip(begin).position(|block| is(block, END_MARK))?;
        Some(begin + end)
    });
    let framed = std::iter::once(adf::aside(BEGIN)).chain(part).chain([adf::aside(END)]);
    match (begin, end) {
        (Some(begin), Some(end)) => {
            blocks.splice(begin..=end, framed);
        }
        _ => {
            blocks.retain(|block| !is(block, BEGIN_MARK) && !is(block, END_MARK) && !is_blank(block));
            blocks.extend(framed);
        }
    }
    adf::doc(blocks)
}

/// The blocks between the bot's two lines.
pub(super) fn part(description: Option<&Value>) -> Option<Vec<Value>> {
    let blocks = content(description);
    let begin = blocks.iter().position(|block| is(block, BEGIN_MARK))?;
    let end = begin + blocks.iter().skip(begin).position(|block| is(block, END_MARK))?;
    Some(blocks.get(begin + 1..end)?.to_vec())
}

/// Whether two parts say the same: Jira's editor adds attributes of its own (`localId`) and leaves out empty ones.
pub(super) fn is_same(one: &[Value], other: &[Value]) -> bool {
    let plain = |blocks: &[Value]| blocks.iter().map(plain).collect::<Vec<_>>();
    plain(one) == plain(other)
}

fn plain(node: &Value) -> Value {
    let Some(fields) = node.as_object() else { return node.clone() };
    let kept = fields.iter().filter_map(|(name, value)| {
        let value = match (name.as_str(), value) {
            ("content" | "marks", Value::Array(nodes)) if nodes.is_empty() => return None,
            ("content" | "marks", Value::Array(nodes)) => Value::Array(nodes.iter().map(plain).collect()),
            ("attrs", Value::Object(attributes)) => {
                let is_ours = |name: &str| matches!(name, "level" | "href" | "order");
                let attributes: serde_json::Map<String, Value> = attributes
                    .iter()
                    .filter(|(name, _)| is_ours(name))
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
                if attributes.is_empty() {
                    return None;
                }
                Value::Object(attributes)
            }
            (_, value) => value.clone(),
        };
        Some((name.clone(), value))
    });
    Value::Object(kept.collect())
}

fn content(description: Option<&Value>) -> Vec<Value> {
    description.and_then(|doc| doc.get("content")).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn is(block: &Value, mark: &str) -> bool {
    block.get("type").and_then(Value::as_str) == Some("paragraph") && adf::words(block).trim_start().starts_with(mark)
}

fn is_blank(block: &Value) -> bool {
    let is_empty = block.get("content").and_then(Value::as_array).is_none_or(Vec::is_empty);
    block.get("type").and_then(Value::as_str) == Some("paragraph") && is_empty
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::core::document::Document;

    fn blocks(text: &str) -> Vec<Value> {
        adf::blocks(&Document::read(text))
    }

    #[test]
    fn what_people_write_around_it_survives() {
        let panel = json!({ "type": "panel", "attrs": { "panelType": "info" }, "content": blocks("Ours.") });
        let mut description = with_part(None, blocks("one"));
        let content = description["content"].as_array_mut().unwrap();
        content.insert(0, panel.clone());
        content.push(blocks("Behind.").remove(0));
        let again = with_part(Some(&description), blocks("two\n\n- a"));
        assert_eq!(again["content"][0], panel);
        assert_eq!(again["content"].as_array().unwrap().last(), blocks("Behind.").first());
        assert!(is_same(&part(Some(&again)).unwrap(), &blocks("two\n\n- a")));
        assert_eq!(again["content"].as_array().unwrap().len(), 6);
    }

    #[test]
    fn a_part_without_its_end_is_somebodys_text() {
        let mut description = with_part(None, blocks("one"));
        description["content"].as_array_mut().unwrap().pop();
        let again = with_part(Some(&description), blocks("two"));
        let words: Vec<String> = again["content"].as_array().unwrap().iter().map(adf::words).collect();
        assert_eq!(words, ["one", BEGIN, "two", END]);
    }

    #[test]
    fn attributes_of_the_editor_are_no_difference() {
        let mut edited = blocks("# a\n\nb");
        edited[1]["attrs"] = json!({ "localId": "x" });
        edited[0]["attrs"]["localId"] = "y".into();
        assert!(is_same(&edited, &blocks("# a\n\nb")));
        assert!(!is_same(&edited, &blocks("## a\n\nb")));
    }
}
