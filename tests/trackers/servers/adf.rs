//! Whether a value is a document in the Atlassian Document Format, by the rules of its published schema as far as they
//! concern the nodes that are used.

use serde_json::Value;

use super::{text, unknown};

pub fn check(document: &Value) -> Result<(), String> {
    only(document, &["type", "version", "content"])?;
    if text(document, "/type") != "doc" || document["version"] != 1 {
        return Err("no doc of version 1".to_owned());
    }
    let blocks = content(document)?;
    if blocks.is_empty() {
        return Err("a doc without content".to_owned());
    }
    blocks.iter().try_for_each(block)
}

fn block(node: &Value) -> Result<(), String> {
    match text(node, "/type") {
        "paragraph" => {
            only(node, &["type", "content", "attrs"])?;
            optional(node).iter().try_for_each(inline)
        }
        "heading" => {
            only(node, &["type", "content", "attrs"])?;
            if !node.pointer("/attrs/level").and_then(Value::as_u64).is_some_and(|level| (1..=6).contains(&level)) {
                return Err("a heading without a level".to_owned());
            }
            optional(node).iter().try_for_each(inline)
        }
        list @ ("bulletList" | "orderedList") => {
            only(node, &["type", "content", "attrs"])?;
            if list == "bulletList" && node.get("attrs").is_some() {
                return Err("attributes of a bulletList".to_owned());
            }
            let items = filled(node)?;
            for item in items {
                only(item, &["type", "content"])?;
                if text(item, "/type") != "listItem" {
                    return Err("a list of something else than items".to_owned());
                }
                filled(item)?.iter().try_for_each(block)?;
            }
            Ok(())
        }
        "blockquote" => {
            only(node, &["type", "content"])?;
            filled(node)?.iter().try_for_each(|inner| match text(inner, "/type") {
                "paragraph" | "bulletList" | "orderedList" | "codeBlock" => block(inner),
                other => Err(format!("{other} in a blockquote")),
            })
        }
        "codeBlock" => {
            only(node, &["type", "content", "attrs"])?;
            optional(node).iter().try_for_each(|inner| {
                only(inner, &["type", "text"])?;
                inline(inner)
            })
        }
        "rule" => only(node, &["type"]),
        "panel" => filled(node)?.iter().try_for_each(block),
        "table" => {
            only(node, &["type", "content", "attrs"])?;
            for row in filled(node)? {
                if text(row, "/type") != "tableRow" {
                    return Err("a table of something else than rows".to_owned());
                }
                for cell in filled(row)? {
                    if !matches!(text(cell, "/type"), "tableCell" | "tableHeader") {
                        return Err("a row of something else than cells".to_owned());
                    }
                    filled(cell)?.iter().try_for_each(block)?;
                }
            }
            Ok(())
        }
        other => Err(format!("the unknown block {other:?}")),
    }
}

fn inline(node: &Value) -> Result<(), String> {
    match text(node, "/type") {
        "hardBreak" => only(node, &["type"]),
        "text" => {
            only(node, &["type", "text", "marks"])?;
            if text(node, "/text").is_empty() {
                return Err("an empty text".to_owned());
            }
            let marks = node.get("marks").and_then(Value::as_array).cloned().unwrap_or_default();
            marks.iter().try_for_each(|mark| match text(mark, "/type") {
                "strong" | "em" | "code" => only(mark, &["type"]),
                "link" if text(mark, "/attrs/href").starts_with("http") => Ok(()),
                other => Err(format!("the mark {other:?}")),
            })
        }
        // A mention notifies somebody; nothing that the bot writes may.
        other => Err(format!("the inline node {other:?}")),
    }
}

fn only(node: &Value, known: &[&str]) -> Result<(), String> {
    match unknown(node, known).first() {
        Some(key) => Err(format!("{key} in a {}", text(node, "/type"))),
        None => Ok(()),
    }
}

fn content(node: &Value) -> Result<&Vec<Value>, String> {
    node.get("content").and_then(Value::as_array).ok_or_else(|| format!("a {} without content", text(node, "/type")))
}

fn filled(node: &Value) -> Result<&Vec<Value>, String> {
    content(node).and_then(|content| match content.is_empty() {
        true => Err(format!("an empty {}", text(node, "/type"))),
        false => Ok(content),
    })
}

fn optional(node: &Value) -> Vec<Value> {
    node.get("content").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The words of a document, block by block.
pub fn words(document: &Value) -> String {
    fn of(node: &Value) -> String {
        let own = if text(node, "/type") == "hardBreak" { "\n" } else { text(node, "/text") };
        own.to_owned() + &optional(node).iter().map(of).collect::<String>()
    }
    optional(document).iter().map(of).collect::<Vec<_>>().join("\n")
}

/// A document as it looks, block by block, with the addresses of its links.
pub fn outlined(document: &Value) -> String {
    let mut out = String::new();
    for block in optional(document) {
        outline(&block, "", &mut out);
    }
    out
}

fn outline(block: &Value, before: &str, out: &mut String) {
    let kind = text(block, "/type");
    let inner = optional(block);
    match kind {
        "paragraph" | "heading" | "codeBlock" => {
            let level = block.pointer("/attrs/level").and_then(Value::as_u64).unwrap_or_default();
            let marks =
                if kind == "codeBlock" { "    ".to_owned() } else { "#".repeat(usize::try_from(level).unwrap()) };
            let space = if level > 0 { " " } else { "" };
            let words: String = inner.iter().map(run).collect();
            out.push_str(&format!("  {before}{marks}{space}{words}\n"));
        }
        "blockquote" => inner.iter().for_each(|block| outline(block, &format!("{before}> "), out)),
        "bulletList" => inner.iter().flat_map(optional).for_each(|block| outline(&block, &format!("{before}- "), out)),
        "orderedList" => {
            inner.iter().flat_map(optional).for_each(|block| outline(&block, &format!("{before}1. "), out));
        }
        _ => {
            out.push_str(&format!("  {before}[{kind}]\n"));
            inner.iter().for_each(|block| outline(block, &format!("{before}  "), out));
        }
    }
}

fn run(node: &Value) -> String {
    if text(node, "/type") == "hardBreak" {
        return " ⏎ ".to_owned();
    }
    let words = text(node, "/text").to_owned();
    let marks = node.get("marks").and_then(Value::as_array).cloned().unwrap_or_default();
    marks.iter().fold(words, |words, mark| match text(mark, "/type") {
        "strong" => format!("**{words}**"),
        "em" => format!("*{words}*"),
        "code" => format!("`{words}`"),
        _ => format!("[{words}]({})", text(mark, "/attrs/href")),
    })
}
