//! The chain of an incident's events, by which an edit of the stored record is found.
//!
//! Each event holds the SHA-256 of the hash before it and of its own content (RFC 6962 and Git do the like). Its content
//! is hashed in a form that depends neither on the order of keys in its JSON nor on the database.
//!
//! What people wrote must be able to go without breaking the chain. So no text is hashed as such: each one in an event
//! (its author, every string of its payload and source) has a random salt, and what is hashed is the commitment to it,
//! SHA-256 of salt and text. When a text is forgotten its salt goes too, and the commitment stays in the salt's place:
//! the chain is as it was, and the text cannot be guessed from it. A text that still has its salt is checked in full.
//!
//! Somebody who can write to the database can also compute the whole chain anew. Against that helps only a hash that is
//! kept elsewhere: that of an incident's last event stands for all before it.

mod forget;
mod seal;
mod verify;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::entity::event;

pub use forget::Forgotten;
#[cfg(test)]
pub(super) use seal::unsealed;
pub use verify::{Damage, Verified};

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// What stands before the first event.
pub(super) const BEGINNING: Hash = [0; 32];

/// What a text is committed with: 128 random bits, so that a name cannot be found by trying names.
type Salt = [u8; 16];

/// What stands for a text in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// The text is there, and is committed with this.
    Salt(Salt),
    /// The text was forgotten; this is what it was committed to.
    Forgotten(Hash),
}

impl Token {
    fn random() -> Self {
        Self::Salt(rand::random())
    }

    fn commitment(self, text: &str) -> Hash {
        match self {
            Self::Forgotten(commitment) => commitment,
            Self::Salt(salt) => {
                let mut hash = Sha256::new();
                hash.update(b"breakingbot text 1");
                hash.update(salt);
                hash.update(text.as_bytes());
                hash.finalize().into()
            }
        }
    }

    /// As it is stored: a salt in 32 hexadecimal digits, a commitment as `=` and 64.
    fn write(self, into: &mut String) {
        match self {
            Self::Salt(salt) => hex(&salt, into),
            Self::Forgotten(commitment) => {
                into.push('=');
                hex(&commitment, into);
            }
        }
    }

    fn read(word: &str) -> Option<Self> {
        match word.strip_prefix('=') {
            Some(commitment) => unhex(commitment).map(Self::Forgotten),
            None => unhex(word).map(Self::Salt),
        }
    }
}

/// The tokens of an event's texts, in the order of [`Content::texts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tokens(Vec<Token>);

impl Tokens {
    fn random(texts: usize) -> Self {
        Self((0..texts).map(|_| Token::random()).collect())
    }

    fn write(&self) -> String {
        let mut out = String::with_capacity(self.0.len() * 33);
        for (i, token) in self.0.iter().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            token.write(&mut out);
        }
        out
    }

    fn read(text: &str) -> Option<Self> {
        text.split_whitespace().map(Token::read).collect::<Option<Vec<_>>>().map(Self)
    }
}

/// What of an event is hashed.
#[derive(Clone, Debug, PartialEq)]
struct Content {
    incident: i64,
    seq: i64,
    at: i64,
    author: Option<String>,
    kind: String,
    /// Without its `kind`.
    payload: Value,
    source: Option<Value>,
}

impl Content {
    /// Reads a row; the reason when it is not one that was ever written.
    fn of(row: &event::Model) -> Result<Self, String> {
        let parsed = |what: &str, text: &str| {
            serde_json::from_str::<Value>(text).map_err(|why| format!("its {what} is not JSON: {why}"))
        };
        let mut payload = parsed("payload", &row.payload)?;
        let kind = payload.as_object_mut().and_then(|fields| fields.remove("kind"));
        if kind.as_ref().and_then(Value::as_str) != Some(row.kind.as_str()) {
            return Err(format!("it is said to be `{}`, and its payload is not", row.kind));
        }
        Ok(Self {
            incident: row.incident,
            seq: row.seq,
            at: row.at,
            author: row.author.clone(),
            kind: row.kind.clone(),
            payload,
            source: row.source.as_deref().map(|text| parsed("source", text)).transpose()?,
        })
    }

    /// Every text in it, in the order in which they are hashed: the author, then payload and source by their keys.
    fn texts(&self) -> Vec<&str> {
        let mut out: Vec<&str> = self.author.as_deref().into_iter().collect();
        strings(&self.payload, &mut out);
        if let Some(source) = &self.source {
            strings(source, &mut out);
        }
        out
    }

    /// Its hash, each text by its token; `None` when there are more or fewer tokens than texts.
    fn digest(&self, tokens: &Tokens) -> Option<Hash> {
        let mut writing = Writing { hash: Sha256::new(), tokens: tokens.0.iter() };
        writing.hash.update(b"breakingbot event 1");
        for number in [self.incident, self.seq, self.at] {
            writing.hash.update(number.to_be_bytes());
        }
        writing.text(self.author.as_deref())?;
        writing.words(&self.kind);
        writing.value(&self.payload)?;
        match &self.source {
            None => writing.hash.update(b"n"),
            Some(source) => writing.value(source)?,
        }
        writing.tokens.next().is_none().then(|| writing.hash.finalize().into())
    }
}

/// The hash of an event on the chain.
pub(super) fn link(before: &Hash, content: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update(b"breakingbot chain 1");
    hash.update(before);
    hash.update(content);
    hash.finalize().into()
}

/// A new event's texts are committed: gives the hash of its content, which [`link`] puts on the chain. The reason when
/// it cannot be read, which is not so for what the program writes.
pub(super) fn commit(row: &mut event::Model) -> Result<Hash, String> {
    let content = Content::of(row)?;
    let tokens = Tokens::random(content.texts().len());
    let digest = content.digest(&tokens).ok_or("its texts cannot be told apart")?;
    row.salts = Some(tokens.write());
    Ok(digest)
}

/// A hash as it is stored.
pub(super) fn written(hash: &Hash) -> String {
    let mut out = String::with_capacity(64);
    hex(hash, &mut out);
    out
}

/// The hash that is stored.
pub(super) fn read(text: &str) -> Option<Hash> {
    unhex(text)
}

struct Writing<'a> {
    hash: Sha256,
    tokens: std::slice::Iter<'a, Token>,
}

impl Writing<'_> {
    fn value(&mut self, value: &Value) -> Option<()> {
        match value {
            Value::Null => self.hash.update(b"n"),
            Value::Bool(true) => self.hash.update(b"t"),
            Value::Bool(false) => self.hash.update(b"f"),
            Value::Number(number) => {
                self.hash.update(b"i");
                self.words(&number.to_string());
            }
            Value::String(text) => self.text(Some(text))?,
            Value::Array(items) => {
                self.hash.update(b"a");
                self.count(items.len());
                items.iter().try_for_each(|item| self.value(item))?;
            }
            Value::Object(fields) => {
                self.hash.update(b"o");
                self.count(fields.len());
                for (key, value) in sorted(fields) {
                    self.words(key);
                    self.value(value)?;
                }
            }
        }
        Some(())
    }

    fn text(&mut self, text: Option<&str>) -> Option<()> {
        match text {
            None => self.hash.update(b"n"),
            Some(text) => {
                let token = self.tokens.next()?;
                self.hash.update(b"s");
                self.hash.update(token.commitment(text));
            }
        }
        Some(())
    }

    fn words(&mut self, words: &str) {
        self.count(words.len());
        self.hash.update(words.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.hash.update(u64::try_from(count).unwrap_or(u64::MAX).to_be_bytes());
    }
}

/// By their keys, whatever order they are kept in.
fn sorted(fields: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_unstable_by_key(|(key, _)| *key);
    fields
}

fn strings<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(fields) => sorted(fields).into_iter().for_each(|(_, value)| strings(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hex(bytes: &[u8], into: &mut String) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 0xf] {
            into.extend(char::from_digit(u32::from(digit), 16));
        }
    }
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    if digits.len() != 2 * N {
        return None;
    }
    let bytes: Option<Vec<u8>> = digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(payload: &str, author: Option<&str>) -> event::Model {
        event::Model {
            incident: 7,
            seq: 3,
            at: 1_709_139_600_000_000,
            author: author.map(ToOwned::to_owned),
            kind: "noted".to_owned(),
            payload: payload.to_owned(),
            source: Some(r#"{"channel":"C1","message":"1.0"}"#.to_owned()),
            salts: None,
            hash: None,
        }
    }

    const PAYLOAD: &str = r#"{"kind":"noted","text":[{"text":"ask "},{"person":"U2"}],"n":{"a":1,"b":[true,null]}}"#;

    #[test]
    fn the_hash_is_of_the_content_and_not_of_its_json() {
        let mut first = row(PAYLOAD, Some("U1"));
        let digest = commit(&mut first).unwrap();
        let tokens = Tokens::read(first.salts.as_deref().unwrap()).unwrap();
        let reordered = row(
            r#"{ "n": {"b":[true,null],"a":1}, "text":[{"text":"\u0061sk "},{"person":"U2"}],"kind":"noted"}"#,
            Some("U1"),
        );
        assert_eq!(Content::of(&reordered).unwrap().digest(&tokens), Some(digest));
        // The same salts, written down: it must be the same for ever.
        let fixed = Tokens((0..5).map(|n| Token::Salt([n; 16])).collect());
        let written = written(&Content::of(&first).unwrap().digest(&fixed).unwrap());
        insta::assert_snapshot!(written);
    }

    #[test]
    fn whatever_is_changed_changes_the_hash() {
        let mut first = row(PAYLOAD, Some("U1"));
        let digest = commit(&mut first).unwrap();
        let tokens = Tokens::read(first.salts.as_deref().unwrap()).unwrap();
        let changes: [fn(&mut event::Model); 9] = [
            |row| row.incident += 1,
            |row| row.seq += 1,
            |row| row.at += 1,
            |row| row.author = Some("U3".to_owned()),
            |row| row.author = None,
            |row| row.payload = PAYLOAD.replace("ask ", "tell "),
            |row| row.payload = PAYLOAD.replace("\"a\":1", "\"a\":2"),
            |row| row.payload = PAYLOAD.replace("true", "false"),
            |row| row.source = None,
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut changed = first.clone();
            change(&mut changed);
            assert_ne!(Content::of(&changed).unwrap().digest(&tokens), Some(digest), "change {n}");
        }
        let mut renamed = first;
        renamed.kind = "summarized".to_owned();
        assert!(Content::of(&renamed).is_err());
    }

    #[test]
    fn tokens_are_read_as_they_are_written_and_nothing_else_is() {
        let tokens = Tokens(vec![Token::random(), Token::Forgotten([0xab; 32]), Token::random()]);
        assert_eq!(Tokens::read(&tokens.write()), Some(tokens));
        assert_eq!(Tokens::read(""), Some(Tokens::default()));
        for wrong in ["0", "=00", "zz", "é", "00112233445566778899aabbccddeeff00"] {
            assert_eq!(Tokens::read(wrong), None, "{wrong}");
        }
        // Two salts for the same text: who knows the text cannot see where else it stands.
        assert_ne!(Token::random().commitment("U1"), Token::random().commitment("U1"));
    }
}
