//! Texts that are too long for a tracker.

use super::Document;
use crate::core::document::Block;

/// What stands in the place of what was cut off.
const CUT: &str = "The rest is too long for here; the incident's record has all of it.";

/// The document, cut at its end until what `written` makes of it is at most so long. Long lists, tables and texts lose
/// their ends first, then whole blocks go.
pub(super) fn fitted<T>(
    document: &Document,
    longest: usize,
    written: impl Fn(&Document) -> T,
    length: impl Fn(&T) -> usize,
) -> T {
    let whole = written(document);
    if length(&whole) <= longest {
        return whole;
    }
    let mut cut = document.clone();
    loop {
        let Some(last) = cut.blocks.last_mut() else { return written(&cut.paragraph(CUT)) };
        let is_left = match last {
            Block::List { items, .. } => {
                items.truncate(items.len() / 2);
                !items.is_empty()
            }
            Block::Table { rows, .. } => {
                rows.truncate(rows.len() / 2);
                !rows.is_empty()
            }
            Block::Paragraph(text) | Block::Quote(text) => {
                text.0.truncate(text.0.len() / 2);
                !text.0.is_empty()
            }
            Block::Code(_) | Block::Heading { .. } | Block::Rule => false,
        };
        if !is_left {
            cut.blocks.pop();
        }
        let shorter = written(&cut.clone().paragraph(CUT));
        if length(&shorter) <= longest {
            return shorter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(document: &Document) -> String {
        let block = |block: &Block| match block {
            Block::List { items, .. } => items.iter().map(|item| item.plain() + "\n").collect(),
            Block::Paragraph(text) => text.plain(),
            _ => String::new(),
        };
        document.blocks.iter().map(block).collect()
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let items = (0..1_000).map(|i| format!("item {i}").into());
        let document = Document::new().paragraph("First.").list(items);
        let text = fitted(&document, 2_000, words, String::len);
        assert!(text.len() <= 2_000 && text.starts_with("First.item 0\n") && text.ends_with(CUT), "{text}");
        assert_eq!(fitted(&document, 20_000, words, String::len), words(&document));
        let heap = Document::new().paragraph("x".repeat(500));
        assert_eq!(fitted(&heap, 100, words, String::len), CUT);
    }
}
