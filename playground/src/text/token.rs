//! The parts of mrkdwn in angle brackets, and the entities.

/// What stands between `<` and `>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `<@U…>`
    Person(&'a str),
    /// `<#C…>` or `<#C…|name>`
    Channel(&'a str, Option<&'a str>),
    /// `<!subteam^S…>`
    Group(&'a str, Option<&'a str>),
    /// `<!here>`, `<!channel>`, `<!everyone>`
    Everybody(&'a str),
    /// `<!date^seconds^format^link|fallback>`
    Date { seconds: i64, format: &'a str, link: Option<&'a str>, fallback: &'a str },
    /// `<https://…>` or `<https://…|label>`
    Link(&'a str, Option<&'a str>),
}

/// A piece of mrkdwn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Token(Token<'a>),
}

/// Cuts mrkdwn into text and tokens. What is no token stays text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find('<').map(|at| at + from) {
        let parsed = rest[at + 1..].find(['>', '<', '\n']).and_then(|length| {
            let end = at + 1 + length;
            if !rest[end..].starts_with('>') {
                return None;
            }
            token(&rest[at + 1..end]).map(|token| (token, end))
        });
        match parsed {
            Some((token, end)) => {
                if at > 0 {
                    pieces.push(Piece::Text(&rest[..at]));
                }
                pieces.push(Piece::Token(token));
                rest = &rest[end + 1..];
                from = 0;
            }
            None => from = at + 1,
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Reads what stood between the brackets.
pub(crate) fn token(inside: &str) -> Option<Token<'_>> {
    let (body, label) = match inside.split_once('|') {
        Some((body, label)) => (body, Some(label).filter(|l| !l.is_empty())),
        None => (inside, None),
    };
    let mut letters = body.chars();
    match letters.next()? {
        '@' => Some(Token::Person(letters.as_str())),
        '#' => Some(Token::Channel(letters.as_str(), label)),
        '!' => special(letters.as_str(), label),
        _ => ["http://", "https://", "mailto:", "tel:"]
            .iter()
            .any(|scheme| body.starts_with(scheme))
            .then_some(Token::Link(body, label)),
    }
}

fn special<'a>(body: &'a str, label: Option<&'a str>) -> Option<Token<'a>> {
    if let Some(group) = body.strip_prefix("subteam^") {
        return Some(Token::Group(group, label));
    }
    if let Some(date) = body.strip_prefix("date^") {
        let mut parts = date.split('^');
        let seconds = parts.next()?.parse().ok()?;
        let format = parts.next()?;
        return Some(Token::Date { seconds, format, link: parts.next(), fallback: label.unwrap_or_default() });
    }
    matches!(body, "here" | "channel" | "everyone").then_some(Token::Everybody(body))
}

/// Undoes Slack's three entities.
pub(crate) fn decode(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Slack's three entities.
pub(crate) fn encode(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_text_and_tokens() {
        assert_eq!(
            pieces("a <@U1> b <#C1|x><https://e.example/?a=1|label> <!date^12^{date} at {time}|then> <b"),
            [
                Piece::Text("a "),
                Piece::Token(Token::Person("U1")),
                Piece::Text(" b "),
                Piece::Token(Token::Channel("C1", Some("x"))),
                Piece::Token(Token::Link("https://e.example/?a=1", Some("label"))),
                Piece::Text(" "),
                Piece::Token(Token::Date { seconds: 12, format: "{date} at {time}", link: None, fallback: "then" }),
                Piece::Text(" <b"),
            ]
        );
        assert_eq!(pieces("<javascript:alert(1)|x>"), [Piece::Text("<javascript:alert(1)|x>")]);
        assert_eq!(pieces("< <!here>"), [Piece::Text("< "), Piece::Token(Token::Everybody("here"))]);
    }
}
