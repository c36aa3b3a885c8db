//! Documents in the Atlassian Document Format, version 1. It is structure, not markup: what is in a text node is words, so
//! there is nothing to encode, and no mention can come of it (a mention is a node of its own).

use serde_json::{Value, json};

use crate::core::document::{Block, Document, Inline, Run, is_web_address};

/// A document of these blocks. Jira takes no document without a block.
pub(super) fn doc(mut blocks: Vec<Value>) -> Value {
    if blocks.is_empty() {
        blocks.push(paragraph(&[]));
    }
    json!({ "type": "doc", "version": 1, "content": blocks })
}

/// The document's blocks.
pub(super) fn blocks(document: &Document) -> Vec<Value> {
    document.blocks.iter().filter_map(block).collect()
}

/// A paragraph of small print.
pub(super) fn aside(text: &str) -> Value {
    paragraph(&[marked(text, &[json!({ "type": "em" })])])
}

fn block(block: &Block) -> Option<Value> {
    Some(match block {
        Block::Heading { level, text } => {
            json!({ "type": "heading", "attrs": { "level": (*level).clamp(1, 6) }, "content": inline(text) })
        }
        Block::Paragraph(text) => paragraph(&inline(text)),
        Block::List { items, .. } if items.is_empty() => return None,
        Block::List { ordered, items } => {
            let items = items.iter().map(|item| json!({ "type": "listItem", "content": [paragraph(&inline(item))] }));
            let items: Vec<Value> = items.collect();
            match ordered {
                true => json!({ "type": "orderedList", "attrs": { "order": 1 }, "content": items }),
                false => json!({ "type": "bulletList", "content": items }),
            }
        }
        Block::Quote(text) => json!({ "type": "blockquote", "content": [paragraph(&inline(text))] }),
        Block::Table { head, .. } if head.is_empty() => return None,
        Block::Table { head, rows } => {
            let row = |cells: &[Inline], kind: &str| {
                let cell = |cell: &Inline| json!({ "type": kind, "attrs": {}, "content": [paragraph(&inline(cell))] });
                json!({ "type": "tableRow", "content": cells.iter().map(cell).collect::<Vec<_>>() })
            };
            let rows = rows.iter().filter(|cells| !cells.is_empty()).map(|cells| row(cells, "tableCell"));
            let rows: Vec<Value> = std::iter::once(row(head, "tableHeader")).chain(rows).collect();
            json!({ "type": "table", "content": rows })
        }
        Block::Code(code) if code.is_empty() => return None,
        Block::Code(code) => json!({ "type": "codeBlock", "content": [{ "type": "text", "text": code }] }),
        Block::Rule => json!({ "type": "rule" }),
    })
}

fn paragraph(content: &[Value]) -> Value {
    json!({ "type": "paragraph", "content": content })
}

fn inline(inline: &Inline) -> Vec<Value> {
    let run = |run: &Run| match run {
        Run::Break => Some(json!({ "type": "hardBreak" })),
        // A text node is never empty.
        Run::Text(text) | Run::Bold(text) | Run::Italic(text) | Run::Code(text) if text.is_empty() => None,
        Run::Link { label, .. } if label.is_empty() => None,
        Run::Text(text) => Some(marked(text, &[])),
        Run::Bold(text) => Some(marked(text, &[json!({ "type": "strong" })])),
        Run::Italic(text) => Some(marked(text, &[json!({ "type": "em" })])),
        Run::Code(text) => Some(marked(text, &[json!({ "type": "code" })])),
        Run::Link { url, label } if is_web_address(url) => {
            Some(marked(label, &[json!({ "type": "link", "attrs": { "href": url } })]))
        }
        Run::Link { label, .. } => Some(marked(label, &[])),
    };
    inline.0.iter().filter_map(run).collect()
}

fn marked(text: &str, marks: &[Value]) -> Value {
    match marks.is_empty() {
        true => json!({ "type": "text", "text": text }),
        false => json!({ "type": "text", "text": text, "marks": marks }),
    }
}

/// The words of a node and all that is in it.
pub(super) fn words(node: &Value) -> String {
    let own = node.get("text").and_then(Value::as_str).unwrap_or_default();
    let inner = node.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    own.to_owned() + &inner.iter().map(words).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(document: &Document) -> Value {
        doc(blocks(document))
    }

    #[test]
    fn every_kind_of_block() {
        let document = Document::read(
            "# One\n**a** *b* `c` [d](https://a.example) [~accountid:1] @team\ne\n\n- x\n1. y\n> q\n---\n| h |\n|---|\n| v |\n```\ncode\n```",
        );
        insta::assert_snapshot!(serde_json::to_string_pretty(&written(&document)).unwrap());
    }

    #[test]
    fn nothing_is_still_a_document() {
        assert_eq!(written(&Document::new())["content"][0]["type"], "paragraph");
        let hollow = Document::new().list([]).block(Block::Code(String::new())).paragraph("");
        assert_eq!(written(&hollow)["content"].as_array().unwrap().len(), 1);
    }
}
