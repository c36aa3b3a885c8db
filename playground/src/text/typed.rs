//! What Slack's client makes of a typed text before it sends it.

use crate::state::State;
use crate::text::token;

/// Encodes `&`, `<` and `>`, and turns `@handle`, `#channel` and addresses into tokens, except in `code`.
pub(crate) fn encode(state: &State, text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut in_code = false;
    let mut before = ' ';
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '`' {
            in_code = !in_code;
        }
        let open = !in_code && !before.is_alphanumeric();
        if open && let Some((token, length)) = token_at(state, rest) {
            out.push_str(&token);
            before = '>';
            rest = &rest[length..];
            continue;
        }
        let length = first.len_utf8();
        out.push_str(&token::encode(&rest[..length]));
        before = first;
        rest = &rest[length..];
    }
    out
}

fn token_at(state: &State, text: &str) -> Option<(String, usize)> {
    match text.chars().next()? {
        '@' => {
            let word = word(&text[1..]);
            shorter(word).find_map(|name| Some((mention(state, name)?, name.len() + 1)))
        }
        '#' => {
            let word = word(&text[1..]);
            shorter(word).find_map(|name| {
                let id = state.channel_id(name).ok().filter(|id| id != name)?;
                Some((format!("<#{id}|{name}>"), name.len() + 1))
            })
        }
        'h' => address(text),
        _ => None,
    }
}

fn mention(state: &State, name: &str) -> Option<String> {
    if matches!(name, "here" | "channel" | "everyone") {
        return Some(format!("<!{name}>"));
    }
    if let Some(group) = state.groups.iter().find(|g| g.handle == name) {
        return Some(format!("<!subteam^{}>", group.id));
    }
    let person = state.people.values().find(|p| p.name == name)?;
    Some(format!("<@{}>", person.id))
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(text.len());
    &text[..end]
}

/// The word, and the word without the punctuation at its end.
fn shorter(word: &str) -> impl Iterator<Item = &str> {
    let trimmed = word.trim_end_matches(['.', '-', '_']);
    [word, trimmed].into_iter().filter(|w| !w.is_empty())
}

fn address(text: &str) -> Option<(String, usize)> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '`' | '|')).unwrap_or(text.len());
    let address = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '"']);
    let bare = address.len() <= "https://".len();
    (!bare).then(|| (format!("<{}>", address.replace('&', "&amp;")), address.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[test]
    fn makes_of_a_typed_text_what_slack_makes() {
        let state = State::new(&Options::default());
        for (typed, sent) in [
            (".start a & b <c>", ".start a &amp; b &lt;c&gt;"),
            ("@alice, look", "<@U0ALICE>, look"),
            ("thanks @bob.", "thanks <@U0BOB>."),
            ("@nobody mail@alice.example", "@nobody mail@alice.example"),
            ("see #breaking and #nowhere", "see <#C0MAIN|breaking> and #nowhere"),
            ("#breaking-notify", "<#C0NOTIFY|breaking-notify>"),
            ("@here @oncall", "<!here> <!subteam^S0ONCALL>"),
            ("`@alice` @alice", "`@alice` <@U0ALICE>"),
            ("(https://e.example/a?b=1&c=2).", "(<https://e.example/a?b=1&amp;c=2>)."),
            ("<script>@alice", "&lt;script&gt;<@U0ALICE>"),
            ("🔥 ünï", "🔥 ünï"),
        ] {
            assert_eq!(encode(&state, typed), sent, "{typed}");
        }
    }
}
