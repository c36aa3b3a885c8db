//! What a person wrote: words, and references to people, channels and links that survive renaming.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{ChannelId, UserId};

/// One stretch of what a person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Words, decoded: `<` is the character that the person typed.
    Text(String),
    /// A mention of a person.
    Person(UserId),
    /// A mention of a channel, with the name it had then.
    Channel(ChannelId, String),
    /// A link, with the words shown in its place when there were any.
    Link(String, Option<String>),
}

/// What a person wrote. Stored as plain text when it is nothing but words, as its pieces otherwise.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Prose(Vec<Piece>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Plain(String),
    Pieces(Vec<Piece>),
}

impl From<Stored> for Prose {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Plain(text) => Self::from(text),
            Stored::Pieces(pieces) => pieces.into_iter().collect(),
        }
    }
}

impl From<Prose> for Stored {
    fn from(prose: Prose) -> Self {
        match prose.0.as_slice() {
            [] => Self::Plain(String::new()),
            [Piece::Text(text)] => Self::Plain(text.clone()),
            _ => Self::Pieces(prose.0),
        }
    }
}

impl From<String> for Prose {
    fn from(text: String) -> Self {
        std::iter::once(Piece::Text(text)).collect()
    }
}

impl From<&str> for Prose {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl FromIterator<Piece> for Prose {
    /// Joins neighbouring words and drops empty ones, so that equal writing is equal prose.
    fn from_iter<I: IntoIterator<Item = Piece>>(pieces: I) -> Self {
        let mut out: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (out.last_mut(), piece) {
                (_, Piece::Text(text)) if text.is_empty() => {}
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => out.push(piece),
            }
        }
        Self(out)
    }
}

impl fmt::Debug for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.readable())
    }
}

/// Readable text: mentions as `@U1`, channels as `#name`, links as their label or address.
impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => f.write_str(text)?,
                Piece::Person(user) => write!(f, "@{user}")?,
                Piece::Channel(_, name) => write!(f, "#{name}")?,
                Piece::Link(url, label) => f.write_str(label.as_deref().unwrap_or(url))?,
            }
        }
        Ok(())
    }
}

impl Prose {
    /// The pieces in the order they were written.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The text as commands read it (see `Display`).
    pub fn readable(&self) -> String {
        self.to_string()
    }

    /// Whether nothing was written, or nothing that can be seen: white space, control characters, the zero-width and
    /// direction marks of Unicode's general category Cf that keyboards and copying leave behind, and the fillers and
    /// blanks of Hangul and Braille.
    pub fn is_blank(&self) -> bool {
        self.0.iter().all(|piece| match piece {
            Piece::Text(text) => text.chars().all(is_invisible),
            _ => false,
        })
    }

    /// How many bytes its words and references take.
    pub fn size(&self) -> usize {
        let sizes = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Person(user) => user.as_str().len(),
            Piece::Channel(channel, name) => channel.as_str().len() + name.len(),
            Piece::Link(url, label) => url.len() + label.as_ref().map_or(0, String::len),
        });
        sizes.sum()
    }

    /// How many characters a reader sees, mentions counted as their reference.
    pub fn chars(&self) -> usize {
        self.readable().chars().count()
    }

    /// Without white space and invisible marks at either end.
    pub fn trimmed(&self) -> Self {
        let mut pieces = self.0.clone();
        while let Some(Piece::Text(text)) = pieces.first_mut() {
            *text = text.trim_start_matches(is_invisible).to_owned();
            if text.is_empty() {
                pieces.remove(0);
            } else {
                break;
            }
        }
        while let Some(Piece::Text(text)) = pieces.last_mut() {
            *text = text.trim_end_matches(is_invisible).to_owned();
            if text.is_empty() {
                pieces.pop();
            } else {
                break;
            }
        }
        pieces.into_iter().collect()
    }

    /// On one line: runs of white space and control characters become one blank, direction overrides go away.
    pub fn one_line(&self) -> Self {
        let folded: Self = self
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => {
                    let mut out = String::with_capacity(text.len());
                    for c in text.chars().filter(|c| !is_reordering(*c)) {
                        if c.is_whitespace() || c.is_control() {
                            if !out.ends_with(' ') {
                                out.push(' ');
                            }
                        } else {
                            out.push(c);
                        }
                    }
                    Piece::Text(out)
                }
                other => other.clone(),
            })
            .collect();
        folded.trimmed()
    }

    /// Splits at the first place where `at` stands in the words; the mark itself is dropped.
    pub fn split_once(&self, at: &str) -> Option<(Self, Self)> {
        for (i, piece) in self.0.iter().enumerate() {
            if let Piece::Text(text) = piece
                && let Some((before, after)) = text.split_once(at)
            {
                let head = self.0.iter().take(i).cloned().chain([Piece::Text(before.to_owned())]);
                let tail = [Piece::Text(after.to_owned())].into_iter().chain(self.0.iter().skip(i + 1).cloned());
                return Some((head.collect(), tail.collect()));
            }
        }
        None
    }

    /// Splits at every `at` in the words, trimmed, blank parts dropped.
    pub fn split(&self, at: &str) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self.clone();
        while let Some((head, tail)) = rest.split_once(at) {
            parts.push(head);
            rest = tail;
        }
        parts.push(rest);
        parts.iter().map(Self::trimmed).filter(|part| !part.is_blank()).collect()
    }

    /// The first word and what follows it, both trimmed. A mention or a link is a word.
    pub fn first_word(&self) -> (Self, Self) {
        let prose = self.trimmed();
        match prose.0.first() {
            Some(Piece::Text(text)) => match text.find(char::is_whitespace) {
                Some(end) => {
                    let (head, tail) = text.split_at(end);
                    let rest = [Piece::Text(tail.to_owned())]
                        .into_iter()
                        .chain(prose.0.iter().skip(1).cloned())
                        .collect::<Self>();
                    (Self::from(head), rest.trimmed())
                }
                None if prose.0.len() == 1 => (prose, Self::default()),
                None => (Self::from(text.as_str()), prose.0.iter().skip(1).cloned().collect::<Self>().trimmed()),
            },
            Some(other) => (Self(vec![other.clone()]), prose.0.iter().skip(1).cloned().collect::<Self>().trimmed()),
            None => (Self::default(), Self::default()),
        }
    }

    /// At most `limit` readable characters, cut at the end of a word where there is one, never inside a reference.
    pub fn cut(&self, limit: usize) -> Self {
        if self.chars() <= limit {
            return self.clone();
        }
        let mut left = limit;
        let mut out = Vec::new();
        for piece in &self.0 {
            let size = Self(vec![piece.clone()]).chars();
            if size <= left {
                left -= size;
                out.push(piece.clone());
                continue;
            }
            if let Piece::Text(text) = piece {
                let whole: String = text.chars().take(left).collect();
                let next_is_blank = text.chars().nth(left).is_some_and(char::is_whitespace);
                let end = if next_is_blank { Some(whole.len()) } else { whole.rfind(char::is_whitespace) };
                let kept = match end {
                    Some(end) if end > 0 => whole.get(..end).unwrap_or(&whole),
                    _ if out.is_empty() => &whole,
                    _ => "",
                };
                out.push(Piece::Text(kept.to_owned()));
            }
            break;
        }
        out.into_iter().collect::<Self>().trimmed()
    }

    /// The people mentioned, in order.
    pub fn people(&self) -> impl Iterator<Item = &UserId> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Person(user) => Some(user),
            _ => None,
        })
    }

    /// Whether both read the same, ignoring case.
    pub fn same_as(&self, other: &Self) -> bool {
        self.readable().to_lowercase() == other.readable().to_lowercase()
    }
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_reordering(c)
        || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}')
}

/// The marks of Unicode TR 9 that reorder what follows them, beyond the text they stand in.
pub(super) fn is_reordering(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mention() -> Prose {
        [Piece::Text("ask ".into()), Piece::Person("U1".into()), Piece::Text(" => the  edge\nteam".into())]
            .into_iter()
            .collect()
    }

    #[test]
    fn words_alone_are_stored_as_plain_text_and_references_survive_storing() {
        assert_eq!(serde_json::to_string(&Prose::from("a <b>")).unwrap(), r#""a <b>""#);
        let stored = serde_json::to_string(&mention()).unwrap();
        assert_eq!(serde_json::from_str::<Prose>(&stored).unwrap(), mention());
    }

    #[test]
    fn it_splits_at_marks_in_words_only() {
        let (whom, reason) = mention().split_once("=>").unwrap();
        assert_eq!(whom.trimmed().readable(), "ask @U1");
        assert_eq!(reason.one_line().readable(), "the edge team");
        let parts = Prose::from("api, , web ,  db").split(",");
        assert_eq!(parts.iter().map(Prose::readable).collect::<Vec<_>>(), ["api", "web", "db"]);
    }

    #[test]
    fn cutting_keeps_words_and_references_whole() {
        assert_eq!(Prose::from("one two three").cut(8).readable(), "one two");
        assert_eq!(Prose::from("one two three").cut(7).readable(), "one two");
        assert_eq!(Prose::from("onetwothree").cut(4).readable(), "onet");
        assert_eq!(mention().cut(5).readable(), "ask");
        assert_eq!(mention().cut(7).readable(), "ask @U1");
    }

    #[test]
    fn what_cannot_be_seen_is_blank() {
        for blank in ["", "  \n", "\u{200b}\u{202e}", "\u{feff}\t"] {
            assert!(Prose::from(blank).is_blank(), "{blank:?}");
        }
        assert!(!mention().is_blank());
    }

    #[test]
    fn the_first_word_may_be_a_mention() {
        let prose: Prose = [Piece::Person("U1".into()), Piece::Text(" and more".into())].into_iter().collect();
        let (first, rest) = prose.first_word();
        assert_eq!((first.readable(), rest.readable()), ("@U1".to_owned(), "and more".to_owned()));
    }
}
