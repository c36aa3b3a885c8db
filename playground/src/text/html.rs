//! mrkdwn as HTML. Everything that people or apps wrote goes through [`escape`].

use jiff::tz::TimeZone;

use crate::state::State;
use crate::text::token::{self, Token};
use crate::text::{emoji, plain};

/// Who reads: their names of things, and their clock.
pub(crate) struct Reader<'a> {
    pub(crate) state: &'a State,
    pub(crate) zone: TimeZone,
    pub(crate) user: &'a str,
}

/// Text for HTML, between tags and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Encoded text for HTML: its entities are read first, so that `&lt;` is shown as `<` and a stray `<` is harmless.
fn escape_encoded(text: &str) -> String {
    escape(&token::decode(text))
}

impl Reader<'_> {
    /// Whole mrkdwn: code blocks, quotes, lists, lines.
    pub(crate) fn mrkdwn(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() * 2);
        for (place, part) in text.split("```").enumerate() {
            if place % 2 == 1 {
                out.push_str("<pre>");
                out.push_str(&escape(&plain::mrkdwn(self.state, part.trim_matches('\n'))));
                out.push_str("</pre>");
            } else {
                self.lines(part, &mut out);
            }
        }
        out
    }

    fn lines(&self, text: &str, out: &mut String) {
        let mut quoted = false;
        let mut first = true;
        for line in text.trim_matches('\n').split('\n') {
            let quote = line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>'));
            match (quote.is_some(), quoted) {
                (true, false) => out.push_str("<blockquote>"),
                (false, true) => out.push_str("</blockquote>"),
                _ if !first => out.push_str("<br>"),
                _ => {}
            }
            quoted = quote.is_some();
            first = false;
            let line = quote.map_or(line, str::trim_start);
            match line.strip_prefix("• ").or_else(|| line.strip_prefix("- ")) {
                Some(item) => {
                    out.push_str("<span class=\"item\">");
                    out.push_str(&self.inline(item));
                    out.push_str("</span>");
                }
                None => out.push_str(&self.inline(line)),
            }
        }
        if quoted {
            out.push_str("</blockquote>");
        }
    }

    /// One line of mrkdwn.
    fn inline(&self, text: &str) -> String {
        let mut out = String::new();
        let mut before = ' ';
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (html, length) = self.styled(rest, first, before).unwrap_or_else(|| {
                // An entity is one character to its reader.
                let length = ["&amp;", "&lt;", "&gt;"]
                    .iter()
                    .find(|e| rest.starts_with(**e))
                    .map_or(first.len_utf8(), |e| e.len());
                (escape_encoded(&rest[..length]), length)
            });
            out.push_str(&html);
            before = rest[..length].chars().next_back().unwrap_or(' ');
            rest = &rest[length..];
        }
        out
    }

    fn styled(&self, text: &str, first: char, before: char) -> Option<(String, usize)> {
        match first {
            '<' => {
                let end = text[1..].find(['>', '<'])? + 1;
                let token = text[end..].starts_with('>').then(|| token::token(&text[1..end]))??;
                Some((self.token(&token), end + 1))
            }
            '`' => {
                let end = text[1..].find('`').filter(|end| *end > 0)? + 1;
                let inside = plain::mrkdwn(self.state, &text[1..end]);
                Some((format!("<code>{}</code>", escape(&inside)), end + 1))
            }
            ':' => {
                let end = text[1..].find(|c: char| !(c.is_ascii_alphanumeric() || "_+-".contains(c)))? + 1;
                let found = text[end..].starts_with(':').then(|| emoji::find(&text[1..end]))??;
                let name = escape(&text[1..end]);
                Some((format!("<span class=\"emoji\" title=\":{name}:\">{found}</span>"), end + 1))
            }
            '*' | '_' | '~' if !before.is_alphanumeric() => {
                let end = closing(text, first)?;
                let tag = match first {
                    '*' => "b",
                    '_' => "i",
                    _ => "s",
                };
                Some((format!("<{tag}>{}</{tag}>", self.inline(&text[1..end])), end + 1))
            }
            _ => None,
        }
    }

    fn token(&self, token: &Token<'_>) -> String {
        match token {
            Token::Link(to, label) => link(&token::decode(to), &escape_encoded(label.unwrap_or(to))),
            Token::Date { seconds, format, link: to, fallback } => {
                let shown = plain::date(*seconds, &token::decode(format), &self.zone)
                    .unwrap_or_else(|| token::decode(fallback));
                let shown = escape(&shown);
                let fallback = escape_encoded(fallback);
                match to {
                    Some(to) => link(&token::decode(to), &shown),
                    None => format!("<time class=\"date\" title=\"{fallback}\">{shown}</time>"),
                }
            }
            Token::Channel(id, _) => {
                let name = escape(&plain::name(self.state, token));
                match self.state.channels.get(*id).filter(|c| !c.private || c.has(self.user)) {
                    Some(channel) => {
                        let key = escape(&channel.name);
                        format!("<a class=\"mention\" href=\"/?channel={key}\" data-channel-link=\"{key}\">{name}</a>")
                    }
                    None => format!("<span class=\"mention\">{name}</span>"),
                }
            }
            Token::Person(id) => {
                let mine = if *id == self.user { " me" } else { "" };
                format!("<span class=\"mention{mine}\">{}</span>", escape(&plain::name(self.state, token)))
            }
            Token::Group(..) | Token::Everybody(_) => {
                format!("<span class=\"mention me\">{}</span>", escape(&plain::name(self.state, token)))
            }
        }
    }
}

/// A link out. Only what tokens may hold comes here: http, https, mailto, tel.
pub(crate) fn link(to: &str, label_html: &str) -> String {
    let safe = ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| to.starts_with(scheme));
    if !safe {
        return label_html.to_owned();
    }
    format!("<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\">{label_html}</a>", escape(to))
}

/// Where the styling that begins here ends: the same mark, after something that is no space, before no letter.
fn closing(text: &str, mark: char) -> Option<usize> {
    /// A line of many marks must not be read once for each of them.
    const LONGEST_STYLED: usize = 3_000;
    if text[1..].starts_with([' ', mark]) {
        return None;
    }
    text.char_indices().skip(1).take(LONGEST_STYLED).find_map(|(at, c)| {
        let after = text[at + c.len_utf8()..].chars().next();
        let ends = c == mark && !text[..at].ends_with(' ') && after.is_none_or(|a| !a.is_alphanumeric());
        ends.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[test]
    fn renders_mrkdwn() {
        let state = State::new(&Options::default());
        let reader = Reader { state: &state, zone: TimeZone::get("Asia/Tokyo").unwrap(), user: "U0ALICE" };
        for (mrkdwn, html) in [
            ("*bold* _it_ ~gone~ `co*d*e`", "<b>bold</b> <i>it</i> <s>gone</s> <code>co*d*e</code>"),
            ("2*3*4 a_b_c *not bold", "2*3*4 a_b_c *not bold"),
            ("*bold _and_ more*", "<b>bold <i>and</i> more</b>"),
            ("&gt; quoted\n&gt; twice\nnot", "<blockquote>quoted<br>twice</blockquote>not"),
            ("• one\n• two", "<span class=\"item\">one</span><br><span class=\"item\">two</span>"),
            ("```\nlet x = &lt;T&gt;;\n```", "<pre>let x = &lt;T&gt;;</pre>"),
            (":fire: :nope: 12:30", "<span class=\"emoji\" title=\":fire:\">🔥</span> :nope: 12:30"),
            ("<@U0BOB>", "<span class=\"mention\">@bob</span>"),
            ("<!date^1700000000^{date_num} {time}|utc>", "<time class=\"date\" title=\"utc\">2023-11-15 07:13</time>"),
        ] {
            assert_eq!(reader.mrkdwn(mrkdwn), html, "{mrkdwn}");
        }
    }

    #[test]
    fn lets_no_markup_through() {
        let state = State::new(&Options::default());
        let reader = Reader { state: &state, zone: TimeZone::UTC, user: "U0ALICE" };
        for hostile in [
            "<script>alert(1)</script>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "<javascript:alert(1)|click>",
            "<https://e.example/\"onmouseover=alert(1)|\"><img src=x>",
            "`<img src=x onerror=alert(1)>`",
            "```<img src=x>```",
            "*<b onclick=x>*",
            "<!date^1^<img src=x>|<img src=y>>",
            "<#C0MAIN|<script>>",
            "<!subteam^S9|\"><script>>",
        ] {
            let html = reader.mrkdwn(hostile);
            for bad in ["<script", "<img", "<b onclick", "href=\"javascript", "\"onmouseover"] {
                assert!(!html.contains(bad), "{hostile} became {html}");
            }
        }
    }
}
