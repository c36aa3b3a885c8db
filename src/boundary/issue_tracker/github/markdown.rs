//! Documents in GitHub's Markdown. Words are encoded so that they are words: no markup, no HTML, and no mention, which
//! GitHub finds in the rendered text, so that only a character between can prevent it.

use std::fmt::Write;

use crate::core::document::{Block, Document, Inline, Run, is_web_address};

/// A character without width, which keeps `@` and `#` from what follows.
const APART: char = '\u{200b}';

/// The document as Markdown, without an empty line at its end.
pub(super) fn written(document: &Document) -> String {
    let blocks: Vec<String> = document.blocks.iter().map(block).filter(|block| !block.is_empty()).collect();
    blocks.join("\n\n")
}

/// Words on one line, encoded.
pub(super) fn words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    encoded(&line, true)
}

/// A title, which is no Markdown: only mentions and references are kept apart, since notifications repeat it.
pub(super) fn title(text: &str) -> String {
    apart(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading { level, text } => {
            format!("{} {}", "#".repeat(usize::from((*level).clamp(1, 6))), inline(text, " "))
        }
        Block::Paragraph(text) => inline(text, "<br>\n"),
        Block::List { ordered, items } => {
            let item = |(i, item): (usize, &Inline)| match ordered {
                true => format!("{}. {}", i + 1, inline(item, "<br>")),
                false => format!("- {}", inline(item, "<br>")),
            };
            items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
        }
        Block::Quote(text) => format!("> {}", inline(text, "<br>\n> ")),
        Block::Table { head, rows } => {
            let row = |cells: &[Inline]| {
                let cells: Vec<String> = cells.iter().map(|cell| inline(cell, "<br>")).collect();
                format!("| {} |", cells.join(" | "))
            };
            let mut lines = vec![row(head), format!("|{}", " --- |".repeat(head.len()))];
            lines.extend(rows.iter().map(|cells| row(cells)));
            lines.join("\n")
        }
        Block::Code(code) => {
            let fence = "`".repeat(longest_run(code, '`').max(2) + 1);
            format!("{fence}\n{code}\n{fence}")
        }
        Block::Rule => "---".to_owned(),
    }
}

fn inline(inline: &Inline, line_break: &str) -> String {
    let mut out = String::new();
    let mut begins = true;
    for run in &inline.0 {
        match run {
            Run::Text(text) => out.push_str(&encoded(text, begins)),
            Run::Bold(text) => out.push_str(&emphasised(text, "**")),
            Run::Italic(text) => out.push_str(&emphasised(text, "_")),
            Run::Code(text) => out.push_str(&code(text)),
            Run::Link { url, label } if is_web_address(url) => {
                let _ = write!(out, "[{}](<{}>)", encoded(label, false), address(url));
            }
            Run::Link { label, .. } => out.push_str(&encoded(label, begins)),
            Run::Break => {
                out.truncate(out.trim_end().len());
                out.push_str(line_break);
            }
        }
        begins = matches!(run, Run::Break);
    }
    out.trim().to_owned()
}

/// Emphasis stands directly at its words, or it is none.
fn emphasised(text: &str, mark: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return text.to_owned();
    }
    let start = text.len() - text.trim_start().len();
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(start + inner.len()..).unwrap_or_default();
    format!("{before}{mark}{}{mark}{after}", encoded(inner, false))
}

fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\u{2502}");
    if line.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&line, '`') + 1);
    let blank = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{line}{blank}{fence}")
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(|run| run.chars().count()).max().unwrap_or(0)
}

/// An address between angle brackets.
fn address(url: &str) -> String {
    url.chars()
        .map(|c| match c {
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '\\' => "%5C".to_owned(),
            '|' => "%7C".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

/// Words with every character of markup taken for itself.
fn encoded(text: &str, begins_line: bool) -> String {
    let text = apart(text);
    let mut out = String::with_capacity(text.len() + 8);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    for (at, c) in text.char_indices() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // An address without its scheme's colon is no link, and a name without it no emoji; 9:05 stays as it is.
            ':' if text
                .get(at + 1..)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || "/+-".contains(c))) =>
            {
                out.push_str("\\:");
            }
            '#' | '-' | '+' | '=' if begins_line && at == 0 => {
                out.push('\\');
                out.push(c);
            }
            '.' | ')' if begins_line && at == digits && digits > 0 => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Words with `@somebody`, `#12` and `GH-12` kept apart, and web addresses as they are.
fn apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        let next = chars.peek().copied().unwrap_or(' ');
        let ends = |end: &str| {
            out.len().checked_sub(3).and_then(|at| out.get(at..)).is_some_and(|last| last.eq_ignore_ascii_case(end))
        };
        let is_reference = (c == '@' && (next.is_ascii_alphanumeric() || next == '_'))
            || (c == '#' && next.is_ascii_digit())
            || (c == '-' && next.is_ascii_digit() && ends("GH-"));
        if is_reference {
            out.push(APART);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(text: &str) -> String {
        written(&Document::new().paragraph(text))
    }

    #[test]
    fn every_kind_of_block() {
        let document = Document::read(
            "## Overview\nIt *is* **down**: `db_1`\nsince noon\n\n- one\n- [two](https://a.example/x_y)\n1. a\n2. b\n> said\n> so\n---\n| h | i |\n|---|---|\n| 1 | 2 \\| 3 |\n```\na\n```",
        );
        insta::assert_snapshot!(written(&document), @r"
        ## Overview

        It _is_ **down**: `db_1`<br>
        since noon

        - one
        - [two](<https://a.example/x_y>)

        1. a
        2. b

        > said<br>
        > so

        ---

        | h | i |
        | --- | --- |
        | 1 | 2 \| 3 |

        ```
        a
        ```
        ");
    }

    #[test]
    fn nobody_is_mentioned_and_nothing_referred_to() {
        for text in ["@team", "ask @acme/oncall", "(@alice)", "see #12", "acme/app#12", "GH-12", "gh-7"] {
            let written = paragraph(text);
            let bare = written.replace('\\', "");
            for mark in ["@t", "@a", "#1", "GH-1", "gh-7"] {
                assert!(!bare.contains(mark), "{text:?} became {written:?}");
            }
        }
        assert_eq!(title("@team is\n#1"), "@\u{200b}team is #\u{200b}1");
    }

    #[test]
    fn words_are_no_markup() {
        assert_eq!(paragraph("<!-- x --><script>&"), "&lt;!-- x --&gt;&lt;script&gt;&amp;");
        assert_eq!(paragraph("# no heading"), "\\# no heading");
        assert_eq!(paragraph("1. no list"), "1\\. no list");
        assert_eq!(paragraph("- [ ] no task"), "\\- \\[ \\] no task");
        assert_eq!(paragraph("**a** [b](https://c)"), "\\*\\*a\\*\\* \\[b\\](https\\://c)");
        let sly = Document::new().paragraph(Inline::new().link("https://a.example/)>x", "y](javascript:x)"));
        assert_eq!(written(&sly), "[y\\](javascript\\:x)](<https://a.example/)%3Ex>)");
        let script = Document::new().paragraph(Inline::new().link("javascript:alert(1)", "y"));
        assert_eq!(written(&script), "y");
        let fenced = Document::new().block(Block::Code("```\n@team".to_owned()));
        assert_eq!(written(&fenced), "````\n```\n@team\n````");
        let code = Document::new().paragraph(Inline::new().with(Run::Code("a`b".to_owned())));
        assert_eq!(written(&code), "``a`b``");
    }
}
