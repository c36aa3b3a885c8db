//! The Markdown that templates are written in, a small and strict part of CommonMark: headings with `#`, lists with `- `
//! and `1. `, quotes with `> `, tables with `|` and a row of dashes, code between lines of three backticks, `---`;
//! `**bold**`, `*italic*`, `` `code` ``, `[label](https://…)`. A line break stays one, as in GitHub's comments. Web
//! addresses become links. There is no HTML: it is words.

use super::{Block, Document, Inline, Run, is_web_address};

/// The characters that can be markup. Each may stand behind a backslash, which takes its meaning away.
const MARKUP: &str = "\\`*_[]()<>#|~!-+.{}=:\"'@&$%^,;/?";

/// The end of a line within a block, while a block is read: Unicode's line separator.
const BREAK: char = '\u{2028}';

/// Words as they must be written in a template's output to be taken for nothing else, whatever they are: no markup, no
/// new block. Its lines stay lines of the same block.
pub fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len() + 8);
    for (i, line) in words.split(['\n', BREAK]).enumerate() {
        if i > 0 {
            out.push_str("\\\n");
        }
        let line = line.trim_start();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        for (at, c) in line.char_indices() {
            let is_markup = "\\`*_[]<>#|".contains(c)
                || (at == 0 && "-+".contains(c))
                || (at == digits && digits > 0 && ".)".contains(c));
            if is_markup {
                out.push('\\');
            }
            if c != '\r' {
                out.push(c);
            }
        }
    }
    out
}

pub(super) fn read(markdown: &str) -> Document {
    let lines = logical_lines(markdown);
    let mut blocks = Vec::new();
    let mut rest = lines.as_slice();
    while let Some((line, after)) = rest.split_first() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            rest = after;
        } else if trimmed.starts_with("```") {
            let end = after.iter().position(|line| line.trim().starts_with("```"));
            let code = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
            blocks.push(Block::Code(code.join("\n")));
            rest = end.and_then(|end| after.get(end + 1..)).unwrap_or_default();
        } else if let Some((level, text)) = heading(trimmed) {
            blocks.push(Block::Heading { level, text: inline(text) });
            rest = after;
        } else if trimmed.len() >= 3 && trimmed.chars().all(|c| c == '-') {
            blocks.push(Block::Rule);
            rest = after;
        } else if let Some((ordered, _)) = item(trimmed) {
            let same = |line: &&String| item(line.trim()).filter(|(kind, _)| *kind == ordered).is_some();
            let count = rest.iter().take_while(same).count();
            let items = rest.iter().take(count).filter_map(|line| item(line.trim()));
            blocks.push(Block::List { ordered, items: items.map(|(_, text)| inline(text)).collect() });
            rest = rest.get(count..).unwrap_or_default();
        } else if quoted(trimmed).is_some() {
            let quote: Vec<&str> = rest.iter().map_while(|line| quoted(line.trim())).collect();
            blocks.push(Block::Quote(inline(&quote.join("\n"))));
            rest = rest.get(quote.len()..).unwrap_or_default();
        } else if let Some((table, count)) = table(rest) {
            blocks.push(table);
            rest = rest.get(count..).unwrap_or_default();
        } else {
            let others = after.iter().take_while(|line| !begins_block(line.trim())).count();
            let text: Vec<&str> = rest.iter().take(1 + others).map(|line| line.trim()).collect();
            blocks.push(Block::Paragraph(inline(&text.join("\n"))));
            rest = after.get(others..).unwrap_or_default();
        }
    }
    Document { blocks }
}

/// Lines; one that ends with a backslash of its own goes on with the next, with a break between.
fn logical_lines(markdown: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    let mut in_code = false;
    for line in markdown.lines() {
        if !goes_on && line.trim().starts_with("```") {
            in_code = !in_code;
        }
        let slashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
        let text = match line.strip_suffix('\\') {
            Some(text) if !in_code && slashes % 2 == 1 => format!("{text}{BREAK}"),
            _ => line.to_owned(),
        };
        match lines.last_mut() {
            Some(last) if goes_on => last.push_str(&text),
            _ => lines.push(text.clone()),
        }
        goes_on = text.ends_with(BREAK);
    }
    lines
}

fn begins_block(line: &str) -> bool {
    line.is_empty()
        || line.starts_with("```")
        || heading(line).is_some()
        || item(line).is_some()
        || quoted(line).is_some()
        || line.starts_with('|')
        || (line.len() >= 3 && line.chars().all(|c| c == '-'))
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let level = line.chars().take_while(|c| *c == '#').count();
    let text = line.get(level..)?;
    let text = if text.is_empty() { text } else { text.strip_prefix(' ')? };
    let level = u8::try_from(level).ok().filter(|level| (1..=6).contains(level))?;
    Some((level, text.trim()))
}

fn item(line: &str) -> Option<(bool, &str)> {
    if line == "-" || line == "*" {
        return Some((false, ""));
    }
    if let Some(text) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, text.trim()));
    }
    let (number, text) = line.split_once(". ")?;
    (!number.is_empty() && number.len() <= 9 && number.chars().all(|c| c.is_ascii_digit()))
        .then_some((true, text.trim()))
}

fn quoted(line: &str) -> Option<&str> {
    line.strip_prefix("> ").or_else(|| line.strip_prefix('>'))
}

/// A table, and how many lines it takes.
fn table(lines: &[String]) -> Option<(Block, usize)> {
    let head = cells(lines.first()?)?;
    let ruler = cells(lines.get(1)?)?;
    let is_ruler = |cell: &String| !cell.is_empty() && cell.chars().all(|c| c == '-' || c == ':');
    if ruler.len() != head.len() || !ruler.iter().all(is_ruler) {
        return None;
    }
    let rows: Vec<Vec<String>> = lines.iter().skip(2).map_while(|line| cells(line)).collect();
    let count = 2 + rows.len();
    let rows = rows.into_iter().map(|mut row| {
        row.resize(head.len(), String::new());
        row.iter().map(|cell| inline(cell)).collect()
    });
    let rows = rows.collect();
    Some((Block::Table { head: head.iter().map(|cell| inline(cell)).collect(), rows }, count))
}

/// The cells of a row, their escapes kept.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?;
    let mut cells = vec![String::new()];
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        // There is always a last cell: the list begins with one and only grows.
        let Some(cell) = cells.last_mut() else { break };
        match c {
            '\\' => {
                cell.push(c);
                cell.extend(chars.next());
            }
            '|' => cells.push(String::new()),
            _ => cell.push(c),
        }
    }
    // The bar at the end of a row opens no cell.
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    Some(cells.into_iter().map(|cell| cell.trim().to_owned()).collect())
}

fn inline(text: &str) -> Inline {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Inline::new();
    let mut words = String::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let rest = chars.get(at + 1..).unwrap_or_default();
        match c {
            '\\' => match rest.first() {
                Some(next) if MARKUP.contains(*next) => {
                    words.push(*next);
                    at += 2;
                }
                _ => {
                    words.push(c);
                    at += 1;
                }
            },
            '\n' | BREAK => {
                flush(&mut out, &mut words);
                out.0.push(Run::Break);
                at += 1;
            }
            _ => match marked(c, rest) {
                Some((run, length)) => {
                    flush(&mut out, &mut words);
                    out.0.push(run);
                    at += length;
                }
                None => {
                    words.push(c);
                    at += 1;
                }
            },
        }
    }
    flush(&mut out, &mut words);
    out
}

/// What begins here, when it is markup, and how many characters it takes.
fn marked(first: char, rest: &[char]) -> Option<(Run, usize)> {
    match first {
        '`' => {
            let end = rest.iter().position(|c| *c == '`').filter(|end| *end > 0)?;
            let code = rest.iter().take(end).collect();
            Some((Run::Code(code), end + 2))
        }
        '*' if rest.first() == Some(&'*') => {
            let (text, taken) = until(rest.get(1..)?, &['*', '*'])?;
            Some((Run::Bold(text), taken + 2))
        }
        '*' => {
            let (text, taken) = until(rest, &['*'])?;
            Some((Run::Italic(text), taken + 1))
        }
        '[' => {
            let (label, taken) = until(rest, &[']', '('])?;
            let (url, more) = until(rest.get(taken..)?, &[')'])?;
            is_web_address(&url).then_some((Run::Link { url, label }, taken + more + 1))
        }
        _ => None,
    }
}

/// The words up to an end mark on the same line, without their escapes, and how many characters were taken with it.
fn until(chars: &[char], end: &[char]) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if chars.get(at..)?.starts_with(end) {
            return (!text.trim().is_empty()).then_some((text, at + end.len()));
        }
        match (c, chars.get(at + 1)) {
            ('\n' | BREAK, _) => return None,
            ('\\', Some(next)) if MARKUP.contains(*next) => {
                text.push(*next);
                at += 2;
            }
            _ => {
                text.push(c);
                at += 1;
            }
        }
    }
    None
}

/// Puts words down, the web addresses in them as links.
fn flush(out: &mut Inline, words: &mut String) {
    let text = std::mem::take(words);
    let mut rest = text.as_str();
    while let Some(start) = address_start(rest) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`".contains(c)).unwrap_or(from.len());
        let (address, _) = from.split_at(end);
        // A full stop or a bracket behind an address belongs to the sentence.
        let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*', '_']);
        if !is_web_address(address) {
            let (skipped, after) = rest.split_at(start + end);
            push_text(out, skipped);
            rest = after;
            continue;
        }
        push_text(out, before);
        out.0.push(Run::Link { url: address.to_owned(), label: address.to_owned() });
        rest = from.get(address.len()..).unwrap_or_default();
    }
    push_text(out, rest);
}

fn address_start(text: &str) -> Option<usize> {
    [text.find("https://"), text.find("http://")].into_iter().flatten().min()
}

fn push_text(out: &mut Inline, text: &str) {
    if text.is_empty() {
        return;
    }
    match out.0.last_mut() {
        Some(Run::Text(before)) => before.push_str(text),
        _ => out.0.push(Run::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(words: &str) -> Run {
        Run::Text(words.to_owned())
    }

    #[test]
    fn every_kind_of_block() {
        let document = Document::read(
            "# One\ntwo\nthree\n\n- a\n- **b** c\n1. x\n2. y\n> q1\n> q2\n---\n| h | i |\n|---|:-:|\n| `1` | 2 \\| 3 |\n| 4 |\n```\n# code\\\n- code\n```\n###### six",
        );
        let expected = vec![
            Block::Heading { level: 1, text: "One".into() },
            Block::Paragraph("two\nthree".into()),
            Block::List {
                ordered: false,
                items: vec!["a".into(), Inline(vec![Run::Bold("b".to_owned()), text(" c")])],
            },
            Block::List { ordered: true, items: vec!["x".into(), "y".into()] },
            Block::Quote("q1\nq2".into()),
            Block::Rule,
            Block::Table {
                head: vec!["h".into(), "i".into()],
                rows: vec![vec![Inline(vec![Run::Code("1".to_owned())]), "2 | 3".into()], vec!["4".into(), "".into()]],
            },
            Block::Code("# code\\\n- code".to_owned()),
            Block::Heading { level: 6, text: "six".into() },
        ];
        assert_eq!(document.blocks, expected);
    }

    #[test]
    fn stretches_of_a_line() {
        let read = |markdown: &str| match Document::read(markdown).blocks.as_slice() {
            [Block::Paragraph(inline)] => inline.0.clone(),
            other => panic!("{markdown:?}: {other:?}"),
        };
        let link = |url: &str, label: &str| Run::Link { url: url.to_owned(), label: label.to_owned() };
        assert_eq!(read("*a* b"), [Run::Italic("a".to_owned()), text(" b")]);
        assert_eq!(
            read("[the \\[room\\]](https://a.example/x)!"),
            [link("https://a.example/x", "the [room]"), text("!")]
        );
        assert_eq!(
            read("see https://a.example/x."),
            [text("see "), link("https://a.example/x", "https://a.example/x"), text(".")]
        );
        assert_eq!(read("[x](javascript:alert)"), [text("[x](javascript:alert)")]);
        assert_eq!(read("2 * 3 * 4"), [text("2 "), Run::Italic(" 3 ".to_owned()), text(" 4")]);
        assert_eq!(read("`a`*"), [Run::Code("a".to_owned()), text("*")]);
        assert_eq!(read("a\\\n\\\n# b"), [text("a"), Run::Break, Run::Break, text("# b")]);
    }

    proptest! {
        #[test]
        fn escaped_words_are_words_wherever_they_stand(words in "(?s).{0,60}") {
            let words = words.replace('\r', "").replace("://", ":/");
            for (before, after) in [("", ""), ("- ", ""), ("> ", ""), ("# ", ""), ("so: ", " (so)")] {
                let document = Document::read(&format!("{before}{}{after}", escaped(&words)));
                let plain: String = document.blocks.iter().map(|block| match block {
                    Block::Paragraph(text) | Block::Quote(text) | Block::Heading { text, .. } => text.plain(),
                    Block::List { items, .. } => items.iter().map(Inline::plain).collect(),
                    other => panic!("{other:?}"),
                }).collect();
                prop_assert!(document.blocks.len() <= 1, "{document:?}");
                let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                let whole = format!("{}{words}{after}", if before == "so: " { before } else { "" });
                if document.blocks.len() == 1 {
                    prop_assert_eq!(folded(&plain), folded(&whole));
                }
            }
        }

        #[test]
        fn anything_is_a_document(markdown in "(?s)[-#>|*`\\[\\]()\\\\ a\n1.]{0,200}") {
            let _ = Document::read(&markdown);
        }
    }
}
