//! Documents as WordPress stores them: HTML between the comments by which its editor tells one block from the next.
//! Everything is encoded, so that no HTML, no shortcode (`[gallery]`) and, on a P2, no mention (`@name`), tag (`#word`) or
//! cross-post (`+site`) comes of what a person typed.

use std::fmt::Write;

use crate::core::document::{Block, Document, Inline, Run, is_web_address};

/// A character without width, which keeps `@`, `#` and `+` from what follows.
const APART: char = '\u{200b}';

/// The document as blocks.
pub fn written(document: &Document) -> String {
    document.blocks.iter().map(block).collect::<Vec<_>>().join("\n\n")
}

/// The document as a comment's text. Of HTML a comment keeps only what stands within a line; its lines and empty lines
/// become paragraphs when it is shown.
pub fn comment(document: &Document) -> String {
    let block = |block: &Block| match block {
        Block::Heading { text, .. } => format!("<strong>{}</strong>", encoded(&text.plain())),
        Block::Paragraph(text) => inline(text, "\n"),
        Block::List { ordered, items } => {
            let item = |(i, item): (usize, &Inline)| match ordered {
                true => format!("{}. {}", i + 1, inline(item, "\n")),
                false => format!("• {}", inline(item, "\n")),
            };
            items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
        }
        Block::Quote(text) => format!("<blockquote>{}</blockquote>", inline(text, "\n")),
        Block::Table { head, rows } => {
            let row = |cells: &Vec<Inline>| cells.iter().map(|cell| inline(cell, " ")).collect::<Vec<_>>().join(" · ");
            std::iter::once(head).chain(rows).map(row).collect::<Vec<_>>().join("\n")
        }
        Block::Code(code) => format!("<code>{}</code>", encoded(code)),
        Block::Rule => "—".to_owned(),
    };
    document.blocks.iter().map(block).collect::<Vec<_>>().join("\n\n")
}

fn block(block: &Block) -> String {
    let framed = |name: &str, attributes: &str, html: String| {
        let attributes = if attributes.is_empty() { String::new() } else { format!("{attributes} ") };
        format!("<!-- wp:{name} {attributes}-->\n{html}\n<!-- /wp:{name} -->")
    };
    match block {
        Block::Heading { level, text } => {
            let level = (*level).clamp(1, 6);
            // Level 2 is the editor's own default, which it leaves out.
            let attributes = if level == 2 { String::new() } else { format!("{{\"level\":{level}}}") };
            let html = format!("<h{level} class=\"wp-block-heading\">{}</h{level}>", inline(text, "<br>"));
            framed("heading", &attributes, html)
        }
        Block::Paragraph(text) => framed("paragraph", "", format!("<p>{}</p>", inline(text, "<br>"))),
        Block::List { ordered, items } => {
            let item = |item: &Inline| framed("list-item", "", format!("<li>{}</li>", inline(item, "<br>")));
            let items = items.iter().map(item).collect::<Vec<_>>().join("\n\n");
            let (attributes, tag) = if *ordered { ("{\"ordered\":true}", "ol") } else { ("", "ul") };
            framed("list", attributes, format!("<{tag} class=\"wp-block-list\">{items}</{tag}>"))
        }
        Block::Quote(text) => {
            let inner = framed("paragraph", "", format!("<p>{}</p>", inline(text, "<br>")));
            framed("quote", "", format!("<blockquote class=\"wp-block-quote\">{inner}</blockquote>"))
        }
        Block::Table { head, rows } => {
            let row = |cells: &[Inline], tag: &str| {
                let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", inline(cell, "<br>")));
                format!("<tr>{}</tr>", cells.collect::<String>())
            };
            let body: String = rows.iter().map(|cells| row(cells, "td")).collect();
            let table = format!("<table><thead>{}</thead><tbody>{body}</tbody></table>", row(head, "th"));
            framed("table", "", format!("<figure class=\"wp-block-table\">{table}</figure>"))
        }
        Block::Code(code) => {
            framed("code", "", format!("<pre class=\"wp-block-code\"><code>{}</code></pre>", encoded(code)))
        }
        Block::Rule => {
            framed("separator", "", "<hr class=\"wp-block-separator has-alpha-channel-opacity\"/>".to_owned())
        }
    }
}

fn inline(inline: &Inline, line_break: &str) -> String {
    let mut out = String::new();
    for run in &inline.0 {
        // Writing to a String cannot fail.
        let _ = match run {
            Run::Text(text) => write!(out, "{}", encoded(text)),
            Run::Bold(text) => write!(out, "<strong>{}</strong>", encoded(text)),
            Run::Italic(text) => write!(out, "<em>{}</em>", encoded(text)),
            Run::Code(text) => write!(out, "<code>{}</code>", encoded(text)),
            Run::Link { url, label } if is_web_address(url) => {
                write!(out, "<a href=\"{}\">{}</a>", attribute(url), encoded(label))
            }
            Run::Link { label, .. } => write!(out, "{}", encoded(label)),
            Run::Break => write!(out, "{line_break}"),
        };
    }
    out
}

/// Words as HTML text that WordPress takes for nothing else.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#039;"),
            '[' => out.push_str("&#091;"),
            ']' => out.push_str("&#093;"),
            // A word of an address's scheme that nothing follows directly is not made a link or fetched for a preview.
            ':' if chars.peek() == Some(&'/') => out.push_str("&#058;"),
            c => out.push(c),
        }
        let begins_name = chars.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_');
        if begins_name && (matches!(c, '@' | '#') || (c == '+' && !before.is_alphanumeric())) {
            out.push(APART);
        }
        before = c;
    }
    out
}

/// An address as the value of an attribute.
pub fn attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#039;")
        .replace('[', "%5B")
        .replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_block() {
        let document = Document::read(
            "## One\n### Two\n**a** *b* `c` [d](https://a.example/?x=1&y=2)\ne\n\n- x\n- y\n\n1. z\n\n> q\n\n---\n| h | i |\n|---|---|\n| v | w |\n```\n<code>\n```",
        );
        insta::assert_snapshot!(written(&document));
        insta::assert_snapshot!(comment(&document));
    }

    #[test]
    fn words_are_words() {
        let text =
            "<script>alert('x')</script> [gallery] @team #tag +site a+b 1+1 & \"q\" https://a.example <!-- wp:html -->";
        insta::assert_snapshot!(encoded(text).replace(APART, "·"), @"&lt;script&gt;alert(&#039;x&#039;)&lt;/script&gt; &#091;gallery&#093; @·team #·tag +·site a+b 1+1 &amp; &quot;q&quot; https&#058;//a.example &lt;!-- wp:html --&gt;");
        let sly = Document::new()
            .paragraph(Inline::new().link("https://a.example/\"onclick=\"x", "y").link("javascript:x", "z"));
        let html = written(&sly);
        assert!(html.contains("<a href=\"https://a.example/&quot;onclick=&quot;x\">y</a>z"), "{html}");
    }
}
