//! A text with structure for people to read outside of the chat: an issue's description, a comment, a report. Each
//! place it goes to writes it in its own notation and encodes every word, so that nothing that a person typed is taken
//! for markup or for a mention there.

mod reading;

use serde::{Deserialize, Serialize};

pub use reading::escaped;

/// Blocks, one under the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document {
    /// In the order in which they are read.
    pub blocks: Vec<Block>,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading.
    Heading {
        /// From 1, the greatest, to 6.
        level: u8,
        /// What it says.
        text: Inline,
    },
    /// Running text.
    Paragraph(Inline),
    /// A list.
    List {
        /// Whether its items are counted.
        ordered: bool,
        /// Its items.
        items: Vec<Inline>,
    },
    /// Something quoted.
    Quote(Inline),
    /// A table. Rows have as many cells as the head.
    Table {
        /// The heads of its columns.
        head: Vec<Inline>,
        /// Its rows.
        rows: Vec<Vec<Inline>>,
    },
    /// Text to be taken literally, line by line.
    Code(String),
    /// A line across.
    Rule,
}

/// Stretches of one line, or of a few with breaks between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inline(pub Vec<Run>);

/// A stretch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    /// Words.
    Text(String),
    /// Words, emphasised strongly.
    Bold(String),
    /// Words, emphasised.
    Italic(String),
    /// Words to be taken literally.
    Code(String),
    /// A link to a page. An address that is not http or https is shown as words.
    Link {
        /// The address.
        url: String,
        /// The words shown in its place.
        label: String,
    },
    /// A new line in the same block.
    Break,
}

impl Document {
    /// An empty one, to be added to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the Markdown that templates are written in. Everything is a document: what is no markup is words. Words
    /// from elsewhere are put into it through [`escaped`].
    pub fn read(markdown: &str) -> Self {
        reading::read(markdown)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Adds a block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Adds a heading.
    #[must_use]
    pub fn heading(self, level: u8, text: impl Into<Inline>) -> Self {
        self.block(Block::Heading { level, text: text.into() })
    }

    /// Adds running text.
    #[must_use]
    pub fn paragraph(self, text: impl Into<Inline>) -> Self {
        self.block(Block::Paragraph(text.into()))
    }

    /// Adds a list.
    #[must_use]
    pub fn list(self, items: impl IntoIterator<Item = Inline>) -> Self {
        self.block(Block::List { ordered: false, items: items.into_iter().collect() })
    }
}

impl Inline {
    /// Nothing, to be added to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stretch.
    #[must_use]
    pub fn with(mut self, run: Run) -> Self {
        self.0.push(run);
        self
    }

    /// Adds words; their lines stay lines.
    #[must_use]
    pub fn text(mut self, text: impl AsRef<str>) -> Self {
        for (i, line) in text.as_ref().lines().enumerate() {
            if i > 0 {
                self.0.push(Run::Break);
            }
            if !line.is_empty() {
                self.0.push(Run::Text(line.to_owned()));
            }
        }
        self
    }

    /// Adds emphasised words.
    #[must_use]
    pub fn bold(self, text: impl Into<String>) -> Self {
        self.with(Run::Bold(text.into()))
    }

    /// Adds a link.
    #[must_use]
    pub fn link(self, url: impl Into<String>, label: impl Into<String>) -> Self {
        self.with(Run::Link { url: url.into(), label: label.into() })
    }

    /// The words alone.
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for run in &self.0 {
            match run {
                Run::Text(text) | Run::Bold(text) | Run::Italic(text) | Run::Code(text) => out.push_str(text),
                Run::Link { label, .. } => out.push_str(label),
                Run::Break => out.push('\n'),
            }
        }
        out
    }
}

impl From<&str> for Inline {
    fn from(text: &str) -> Self {
        Self::new().text(text)
    }
}

impl From<String> for Inline {
    fn from(text: String) -> Self {
        Self::new().text(text)
    }
}

/// Whether an address may become a link: http and https only, so that no script and no file is linked.
pub fn is_web_address(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !url.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_are_linked() {
        for good in ["https://a.example/x?y=1#z", "http://127.0.0.1/", "HTTPS://A.example"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in
            ["javascript:alert(1)", "https://", "file:///etc/passwd", "https://a b", "//a.example", "https://a\n"]
        {
            assert!(!is_web_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn it_is_stored_and_found_again() {
        let document = Document::new()
            .heading(2, "Overview")
            .paragraph(Inline::new().text("one\ntwo").bold("three").link("https://a.example", "a"))
            .list(["x".into()]);
        let stored = serde_json::to_string(&document).unwrap();
        assert_eq!(serde_json::from_str::<Document>(&stored).unwrap(), document);
    }
}
