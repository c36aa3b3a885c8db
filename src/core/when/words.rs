//! Text cut into numbers, words and signs, whatever the keyboard, the client or the copied page made of the spaces.

/// Longer than the longest sensible phrase, in characters; so that nobody's pasted log is worked through.
const LONGEST: usize = 100;

/// `text` in lower case and ASCII where there is an equivalent, with single spaces and Slack's links replaced by what
/// they show; `None` when it is too long.
pub(super) fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().nth(LONGEST).is_some() {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    for character in shown(text).chars() {
        match character {
            // Zero-width characters and direction marks come with copied text and cannot be seen.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
            // Full-width forms, in the order of ASCII.
            '\u{ff01}'..='\u{ff5e}' => {
                let ascii = char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character);
                plain.push(ascii.to_ascii_lowercase());
            }
            space if space.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            other => plain.extend(other.to_lowercase()),
        }
    }
    Some(plain.trim().to_owned())
}

/// `text` with `<url|label>` replaced by its label: Slack takes `9.am` for a host in Armenia.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('<') {
        shown.push_str(before);
        match link.split_once('>').map(|(inside, after)| (inside.split_once('|'), after)) {
            Some((Some((_, label)), after)) => {
                shown.push_str(label);
                rest = after;
            }
            _ => {
                shown.push('<');
                rest = link;
            }
        }
    }
    shown.push_str(rest);
    shown
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    kind: Kind<'t>,
    /// No space before it.
    glued: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'t> {
    /// ASCII digits.
    Number(&'t str),
    Word(&'t str),
    Sign(char),
}

/// Cuts what [`plain`] made.
pub(super) fn tokens(plain: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = plain;
    let mut glued = false;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = if first == ' ' {
            (None, 1)
        } else if first.is_ascii_digit() {
            let length = run(rest, |character| character.is_ascii_digit());
            (Some(Kind::Number(&rest[..length])), length)
        } else if first.is_alphabetic() {
            let length = run(rest, char::is_alphabetic);
            (Some(Kind::Word(&rest[..length])), length)
        } else {
            (Some(Kind::Sign(first)), first.len_utf8())
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, glued });
        }
        glued = kind.is_some();
        rest = &rest[length..];
    }
    tokens
}

/// The length in bytes of the start of `text` whose characters all are `of`.
fn run(text: &str, of: impl Fn(char) -> bool) -> usize {
    text.find(|character| !of(character)).unwrap_or(text.len())
}

/// What is still to be read. It is small and copied freely: to try a reading, read from a copy and keep it if it fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'t> {
    rest: &'t [Token<'t>],
}

impl<'t> Words<'t> {
    pub(super) fn new(rest: &'t [Token<'t>]) -> Self {
        Self { rest }
    }

    pub(super) fn finished(&self) -> bool {
        self.rest.is_empty()
    }

    /// The value that `read` makes of what follows; nothing is read when it makes none.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut copy = *self;
        let value = read(&mut copy)?;
        *self = copy;
        Some(value)
    }

    fn take(&mut self, only_glued: bool) -> Option<Kind<'t>> {
        let (token, rest) = self.rest.split_first()?;
        if only_glued && !token.glued {
            return None;
        }
        self.rest = rest;
        Some(token.kind)
    }

    pub(super) fn number(&mut self) -> Option<&'t str> {
        self.attempt(|words| words.take(false).and_then(Kind::number))
    }

    /// A number with no space before it.
    pub(super) fn glued_number(&mut self) -> Option<&'t str> {
        self.attempt(|words| words.take(true).and_then(Kind::number))
    }

    pub(super) fn word(&mut self) -> Option<&'t str> {
        self.attempt(|words| match words.take(false)? {
            Kind::Word(word) => Some(word),
            _ => None,
        })
    }

    pub(super) fn eat(&mut self, word: &str) -> bool {
        self.attempt(|words| words.word().filter(|next| *next == word)).is_some()
    }

    pub(super) fn eat_sign(&mut self, sign: char) -> bool {
        self.attempt(|words| (words.take(false)? == Kind::Sign(sign)).then_some(())).is_some()
    }

    /// The sign or word, with no space before it, of which `separator` says that it separates two numbers.
    pub(super) fn glued_separator(&mut self, separator: &str) -> Option<char> {
        self.attempt(|words| {
            let found = match words.take(true)? {
                Kind::Sign(sign) => sign,
                Kind::Word(word) if word.len() == 1 => word.chars().next()?,
                _ => return None,
            };
            separator.contains(found).then_some(found)
        })
    }
}

impl<'t> Kind<'t> {
    fn number(self) -> Option<&'t str> {
        match self {
            Kind::Number(digits) => Some(digits),
            _ => None,
        }
    }
}
