//! Slack's message text: what arrives is decoded to [`Prose`], what leaves is encoded from it.
//!
//! Slack reads commands in a text only between `<` and `>`. Here `<` is written for our own references alone, and what
//! stands inside one is checked, so whatever a person typed (`<!channel>`, a label with `>` in it, an address that
//! begins with `!`) leaves as the characters it is made of and notifies nobody.

use crate::core::ids::{ChannelId, UserId};
use crate::core::prose::{Piece, Prose};

use super::limits;

/// Reads a text as Slack sends it. Broadcasts and group mentions become the words they are shown as. A NUL, which Slack
/// would not take back, is left out.
pub fn decode(raw: &str) -> Prose {
    let mut pieces = Vec::new();
    let without_nul = raw.replace('\0', "");
    let mut rest = without_nul.as_str();
    while let Some(open) = rest.find('<') {
        let (before, from_open) = rest.split_at(open);
        pieces.push(Piece::Text(unescape(before)));
        let inside_and_more = from_open.get(1..).unwrap_or_default();
        match inside_and_more.split_once('>') {
            Some((inside, more)) if !inside.is_empty() && !inside.contains('<') => {
                pieces.push(reference(inside));
                rest = more;
            }
            _ => {
                pieces.push(Piece::Text("<".to_owned()));
                rest = inside_and_more;
            }
        }
    }
    pieces.push(Piece::Text(unescape(rest)));
    pieces.into_iter().collect()
}

/// What stands between `<` and `>`.
fn reference(inside: &str) -> Piece {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(unescape(label)).filter(|label| !label.trim().is_empty())),
        None => (inside, None),
    };
    if let Some(user) = target.strip_prefix('@') {
        if is_id(user) {
            return Piece::Person(UserId::new(user));
        }
        return Piece::Text(format!("@{}", label.unwrap_or_else(|| unescape(user))));
    }
    if let Some(channel) = target.strip_prefix('#') {
        if is_id(channel) {
            return Piece::Channel(ChannelId::new(channel), label.unwrap_or_else(|| channel.to_owned()));
        }
        return Piece::Text(format!("#{}", label.unwrap_or_else(|| unescape(channel))));
    }
    if let Some(command) = target.strip_prefix('!') {
        // `<!here|here>` has its word as label, `<!subteam^S1|@oncall>` a label that begins with `@` already.
        let word = command.split('^').next().unwrap_or(command);
        return Piece::Text(match (word, label) {
            ("date", Some(fallback)) => fallback,
            ("subteam", Some(name)) => with_at(&name),
            ("subteam", None) => with_at(command.split('^').nth(1).unwrap_or(word)),
            _ => with_at(&unescape(word)),
        });
    }
    let target = unescape(target);
    // An address of which nothing could be written back is none.
    if has_scheme(&target) && has_scheme(&url_text(&target)) {
        return Piece::Link(target, label);
    }
    Piece::Text(label.unwrap_or(target))
}

fn with_at(word: &str) -> String {
    if word.starts_with('@') { word.to_owned() } else { format!("@{word}") }
}

/// Writes what a person wrote, mentions of people kept, and nothing else that notifies.
pub fn encode(prose: &Prose) -> String {
    let mut out = String::new();
    for piece in prose.pieces() {
        match piece {
            Piece::Text(text) => escape_into(&mut out, text),
            Piece::Person(user) => out.push_str(&person(user)),
            Piece::Channel(id, name) => out.push_str(&channel(id, Some(name))),
            Piece::Link(url, label) => out.push_str(&link(url, label.as_deref())),
        }
    }
    out
}

/// Writes words as nothing but words.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(&mut out, text);
    out
}

fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Slack refuses a NUL, and shows nothing for the other control characters.
            '\0' => {}
            other => out.push(other),
        }
    }
}

/// Reads the three entities that Slack writes; any other is the characters it is made of.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from_mark) = rest.split_at(at);
        out.push_str(before);
        let entity = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')]
            .into_iter()
            .find_map(|(entity, c)| from_mark.strip_prefix(entity).map(|more| (c, more)));
        match entity {
            Some((c, more)) => {
                out.push(c);
                rest = more;
            }
            None => {
                out.push('&');
                rest = from_mark.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// A mention of a person; words when it is not an id.
pub fn person(user: &UserId) -> String {
    if is_id(user.as_str()) { format!("<@{user}>") } else { escape(&format!("@{user}")) }
}

/// A reference to a channel, with the name it had when it was written, if that is known.
pub fn channel(id: &ChannelId, name: Option<&str>) -> String {
    match name {
        _ if !is_id(id.as_str()) => escape(&format!("#{}", name.unwrap_or(id.as_str()))),
        Some(name) if !name.is_empty() && name != id.as_str() && name.chars().count() <= limits::LINK_LABEL => {
            format!("<#{id}|{}>", label_text(name))
        }
        _ => format!("<#{id}>"),
    }
}

/// A link. What is no address is written as words, and so is an address or a label too long to stand in a reference.
pub fn link(url: &str, label: Option<&str>) -> String {
    let label = label.filter(|label| !label.trim().is_empty());
    let typed = url;
    let url = url_text(typed);
    if !has_scheme(typed) || !has_scheme(&url) || typed.chars().count() > limits::LINK_URL {
        return match label {
            Some(label) if label != typed => escape(&format!("{label} ({typed})")),
            _ => escape(typed),
        };
    }
    // What had to be written in another way shows as it was typed all the same.
    let differs = |typed: &&str| unescape(&url) != **typed && typed.chars().count() <= limits::LINK_LABEL;
    let label = label.or_else(|| Some(typed).filter(differs));
    match label {
        Some(label) if label.chars().count() > limits::LINK_LABEL => format!("{} <{url}>", escape(label)),
        Some(label) => format!("<{url}|{}>", label_text(label)),
        None => format!("<{url}>"),
    }
}

/// An address inside `<…>`: what would end it there is percent-encoded.
fn url_text(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '|' => out.push_str("%7C"),
            c if c.is_ascii_control() || c == ' ' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_whitespace() || c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A label inside `<…>`, which stands on one line.
fn label_text(label: &str) -> String {
    let one_line: String = label.chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }).collect();
    escape(&one_line)
}

/// Ids are capitals and digits; anything else in their place is not a reference.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Whether it begins like an address (RFC 3986, 3.1), which no command of Slack's does.
fn has_scheme(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'))
    })
}

/// An encoded text in the smallest stretches that may be cut apart: a reference, an entity, or a character with the
/// marks that belong to it.
pub fn units(encoded: &str) -> impl Iterator<Item = &str> {
    let mut rest = encoded;
    std::iter::from_fn(move || {
        let length = unit_length(rest)?;
        let (unit, more) = rest.split_at(length);
        rest = more;
        Some(unit)
    })
}

fn unit_length(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == '<'
        && let Some(end) = text.find('>')
    {
        return Some(end + 1);
    }
    if first == '&'
        && let Some(entity) = ["&amp;", "&lt;", "&gt;"].into_iter().find(|entity| text.starts_with(entity))
    {
        return Some(entity.len());
    }
    // Marks that belong to the character before them. A bound keeps a heap of them from growing past every limit.
    const MARKS: usize = 12;
    let mut length = first.len_utf8();
    let mut joined = false;
    for c in text.chars().skip(1).take(MARKS) {
        if !(joined || belongs_to_the_one_before(c)) || matches!(c, '<' | '&' | '\n') {
            break;
        }
        joined = c == '\u{200d}';
        length += c.len_utf8();
    }
    Some(length)
}

/// Combining marks, variation selectors, skin tones and the joiner that makes one picture of several.
fn belongs_to_the_one_before(c: char) -> bool {
    matches!(c,
        '\u{200d}' | '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

/// At most `limit` characters of an encoded text, cut between units. The rest follows it.
pub fn split_at(encoded: &str, limit: usize) -> (&str, &str) {
    let mut chars = 0;
    let mut end = 0;
    for unit in units(encoded) {
        chars += unit.chars().count();
        if chars > limit {
            break;
        }
        end += unit.len();
    }
    encoded.split_at(end)
}

/// At most `limit` characters of an encoded text, with `…` where something was left out.
pub fn shorten(encoded: &str, limit: usize) -> String {
    if encoded.chars().count() <= limit {
        return encoded.to_owned();
    }
    if limit == 0 {
        return String::new();
    }
    format!("{}…", split_at(encoded, limit - 1).0.trim_end())
}

/// Backticks that have no partner on their line (or, for three, in the text) would make code of what follows, our own
/// words included. They are shown as the mark that looks like them.
pub fn close_code(encoded: &str) -> String {
    const LOOKS_LIKE_IT: &str = "\u{2cb}";
    if !encoded.contains('`') {
        return encoded.to_owned();
    }
    let mut out = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some(unit) = unit_length(rest).and_then(|length| rest.get(..length)) {
        let fence = rest.starts_with("```");
        let (mark, inside) = match (unit.starts_with('`'), fence) {
            (false, _) => {
                out.push_str(unit);
                rest = rest.get(unit.len()..).unwrap_or_default();
                continue;
            }
            (true, true) => ("```", rest.get(3..).unwrap_or_default()),
            (true, false) => ("`", rest.get(1..).unwrap_or_default()),
        };
        let partner = inside.find(mark).filter(|end| fence || !inside.get(..*end).is_some_and(|s| s.contains('\n')));
        match partner {
            Some(end) if end > 0 => {
                let length = mark.len() * 2 + end;
                let (code, more) = rest.split_at(length);
                out.push_str(code);
                rest = more;
            }
            _ => {
                out.push_str(&LOOKS_LIKE_IT.repeat(mark.len()));
                rest = inside;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(pieces: impl IntoIterator<Item = Piece>) -> Prose {
        pieces.into_iter().collect()
    }

    fn words(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn link_to(url: &str, label: Option<&str>) -> Piece {
        Piece::Link(url.to_owned(), label.map(str::to_owned))
    }

    #[test]
    fn what_slack_sends_is_read() {
        let table: &[(&str, Prose)] = &[
            ("a &lt;b&gt; &amp;amp; c", Prose::from("a <b> &amp; c")),
            ("&quot; & &am", Prose::from("&quot; & &am")),
            ("ask <@U0ALICE> now", pieces([words("ask "), Piece::Person("U0ALICE".into()), words(" now")])),
            ("<@W1|alice>", pieces([Piece::Person("W1".into())])),
            ("<#C1|breaking>", pieces([Piece::Channel("C1".into(), "breaking".into())])),
            ("<#C1|>", pieces([Piece::Channel("C1".into(), "C1".into())])),
            (
                "<http://foo.com|foo.com> is down",
                pieces([link_to("http://foo.com", Some("foo.com")), words(" is down")]),
            ),
            ("<https://x.y/?a=1&amp;b=2>", pieces([link_to("https://x.y/?a=1&b=2", None)])),
            ("<mailto:a@b.c|a@b.c>", pieces([link_to("mailto:a@b.c", Some("a@b.c"))])),
            ("<!channel> <!here|here> <!everyone>", Prose::from("@channel @here @everyone")),
            ("<!subteam^S1|@oncall> <!subteam^S1>", Prose::from("@oncall @S1")),
            ("<!date^1709139600^{date}|28 Feb &amp; so>", Prose::from("28 Feb & so")),
            ("<!unheard^of|label>", Prose::from("@unheard")),
            ("a < b <> <c", Prose::from("a < b <> <c")),
            ("<@not an id>", Prose::from("@not an id")),
            ("<#geOB|\0\0> is\0 down", pieces([Piece::Channel("geOB".into(), "geOB".into()), words(" is down")])),
            (
                "<#GEOB|\n> <tel:1| >",
                pieces([Piece::Channel("GEOB".into(), "GEOB".into()), words(" "), link_to("tel:1", None)]),
            ),
            ("", Prose::default()),
        ];
        for (raw, expected) in table {
            assert_eq!(decode(raw).pieces(), expected.pieces(), "{raw}");
        }
    }

    #[test]
    fn nothing_that_was_typed_notifies() {
        let attempts = [
            Prose::from("<!channel> <!here> <!subteam^S1> <@U1> &lt;!channel&gt;"),
            pieces([link_to("!channel", None)]),
            pieces([link_to("!subteam^S1", Some("x"))]),
            pieces([link_to("https://x|y><!channel>", Some("a> <!here>"))]),
            pieces([link_to("@U1> <!channel", Some("x"))]),
            pieces([Piece::Person("U1> <!channel".into())]),
            pieces([Piece::Person("!channel".into())]),
            pieces([Piece::Channel("C1".into(), "x> <!channel>".into())]),
            pieces([Piece::Channel("C1> <!channel".into(), "x".into())]),
            decode("<@U1|<!channel>> <#C1|<!channel>>"),
            decode("<https://x|<!channel>>"),
        ];
        for prose in attempts {
            let encoded = encode(&prose);
            assert!(!encoded.contains("<!"), "{prose:?} became {encoded}");
            assert!(!encoded.replace("<@U1>", "").contains("<@"), "{prose:?} became {encoded}");
        }
    }

    #[test]
    fn references_that_would_be_too_long_are_written_as_words() {
        let long = format!("https://x.example/{}", "a".repeat(limits::LINK_URL));
        assert_eq!(link(&long, Some("here")), format!("here ({long})"));
        assert_eq!(link("https://x", Some(&"l".repeat(300))), format!("{} <https://x>", "l".repeat(300)));
        assert_eq!(link("runbooks", Some("the runbook")), "the runbook (runbooks)");
        assert_eq!(link("zz:\u{200a}", None), "zz:\u{200a}", "nothing is left of an address of blanks");
    }

    #[test]
    fn an_address_that_must_be_written_otherwise_shows_as_it_was() {
        assert_eq!(link("https://x.example/a>b c", None), "<https://x.example/a%3Eb%20c|https://x.example/a&gt;b c>");
        assert_eq!(link("https://x.example/?a=1&b=2", None), "<https://x.example/?a=1&amp;b=2>");
        let long = format!("https://x.example/>{}", "a".repeat(limits::LINK_LABEL));
        assert_eq!(link(&long, None), format!("<{}>", long.replace('>', "%3E")));
    }

    #[test]
    fn code_that_is_never_closed_is_no_code() {
        let table = [
            ("a `b` c", "a `b` c"),
            ("a ` c", "a ˋ c"),
            ("`a` ` c", "`a` ˋ c"),
            ("`a\nb`", "ˋa\nbˋ"),
            ("```a\nb```", "```a\nb```"),
            ("```a\nb", "ˋˋˋa\nb"),
            ("<https://x|`>", "<https://x|`>"),
        ];
        for (typed, shown) in table {
            assert_eq!(close_code(typed), shown, "{typed}");
        }
    }

    #[test]
    fn it_is_cut_between_characters_references_and_entities_only() {
        assert_eq!(split_at("a &amp; b", 4), ("a ", "&amp; b"));
        assert_eq!(split_at("a <@U1> b", 6), ("a ", "<@U1> b"));
        assert_eq!(split_at("e\u{301}e\u{301}", 3), ("e\u{301}", "e\u{301}"));
        assert_eq!(split_at("👩‍🚒👩‍🚒", 4), ("👩‍🚒", "👩‍🚒"));
        assert_eq!(shorten("checkout is down", 9), "checkout…");
    }

    /// Any prose that decoding can give: what Slack cannot carry (a NUL, a label on two lines) is left out.
    fn prose() -> impl Strategy<Value = Prose> {
        let text = "[ -~äß🔥\u{200b}\u{202e}\n]{0,40}".prop_map(Piece::Text);
        let spiky = prop::sample::select(vec![
            "<!channel>",
            "<!here|here>",
            "&lt;",
            "&amp;lt;",
            "<@U1>",
            "a|b",
            "```",
            "*x*",
            "<",
            ">",
            "&",
        ])
        .prop_map(|text| Piece::Text(text.to_owned()));
        let person = "[UW][A-Z0-9]{1,10}".prop_map(|id| Piece::Person(id.as_str().into()));
        let channel =
            ("C[A-Z0-9]{1,10}", "[a-z0-9_-]{1,20}").prop_map(|(id, name)| Piece::Channel(id.as_str().into(), name));
        let link = ("https?://[a-z.]{1,10}/[!-;=?-{}~]{0,20}", prop::option::of("[!-~äß🔥]{1,10}"))
            .prop_map(|(url, label)| Piece::Link(url, label));
        prop::collection::vec(prop_oneof![text, spiky, person, channel, link], 0..8)
            .prop_map(|pieces| pieces.into_iter().collect())
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_read_back_the_same(prose in prose()) {
            let again = decode(&encode(&prose));
            prop_assert_eq!(again.pieces(), prose.pieces());
        }

        #[test]
        fn any_raw_text_shows_the_same_after_a_round(raw in "(\\PC|[<>&|!@#`\n]|<!|<@U1|\\|){0,60}") {
            let once = decode(&raw);
            let encoded = encode(&once);
            prop_assert!(!encoded.contains("<!"));
            let again = decode(&encoded);
            prop_assert_eq!(again.readable(), once.readable().replace('\0', ""));
        }

        #[test]
        fn units_are_the_text(encoded in "(\\PC|[<>&|`\n]|&amp;|<@U1>|\u{301}|\u{200d}){0,60}") {
            prop_assert_eq!(units(&encoded).collect::<String>(), encoded.clone());
            for limit in 0..12 {
                let (head, tail) = split_at(&encoded, limit);
                prop_assert!(head.chars().count() <= limit);
                prop_assert_eq!(format!("{head}{tail}"), encoded.clone());
            }
            let _ = close_code(&encoded);
        }
    }
}
