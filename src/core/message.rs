//! What the bot says, as structure: the boundary that sends it decides how mentions, times and emphasis are written.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{ChannelId, GroupId, IncidentId, Source, UserId};
use super::prose::Prose;

/// One stretch of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Our own words.
    Text(String),
    /// Our own words, emphasised.
    Bold(String),
    /// Something to type, or a name to take literally.
    Code(String),
    /// What a person wrote. It can mention people, never a group or everybody.
    Prose(Prose),
    /// What a person wrote, emphasised.
    BoldProse(Prose),
    /// A mention of a person.
    Person(UserId),
    /// A link to a channel.
    Channel(ChannelId),
    /// A mention of a group, which notifies its members.
    Group(GroupId),
    /// Notifies everybody in the channel. Only the desk's own rules put it there, never what a person typed.
    Everyone,
    /// An instant, shown in each reader's own timezone where the platform can, in UTC elsewhere.
    Time(Timestamp),
    /// An instant written out in UTC for every reader: `2024-02-28 17:00 UTC`.
    UtcTime(Timestamp),
    /// A link to a page outside.
    Link {
        /// The address.
        url: String,
        /// The words shown in its place.
        label: String,
    },
    /// A link to a message of the workspace.
    Permalink {
        /// The message.
        source: Source,
        /// The words shown in its place.
        label: String,
    },
    /// An emoji by its name, without colons.
    Emoji(String),
}

/// How a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// As running text.
    #[default]
    Plain,
    /// As a heading.
    Heading,
    /// As an item of a list.
    Item,
    /// As something quoted, line by line.
    Quote,
    /// Small, as an aside.
    Aside,
}

/// A line, or a paragraph when what a person wrote in it has several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// How it stands.
    #[serde(default)]
    pub stand: Stand,
    /// What it says.
    pub spans: Vec<Span>,
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::new().text(text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::new().text(text)
    }
}

impl Line {
    /// An empty line of running text, to be added to.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty heading.
    pub fn heading() -> Self {
        Self { stand: Stand::Heading, spans: Vec::new() }
    }

    /// An empty list item.
    pub fn item() -> Self {
        Self { stand: Stand::Item, spans: Vec::new() }
    }

    /// A quotation of what a person wrote.
    pub fn quote(prose: &Prose) -> Self {
        Self { stand: Stand::Quote, spans: vec![Span::Prose(prose.clone())] }
    }

    /// An empty aside.
    pub fn aside() -> Self {
        Self { stand: Stand::Aside, spans: Vec::new() }
    }

    /// Adds a span.
    #[must_use]
    pub fn with(mut self, span: Span) -> Self {
        self.spans.push(span);
        self
    }

    /// Adds all the spans of another line.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self
    }

    /// Adds our own words.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(Span::Text(text.into()))
    }

    /// Adds our own words, emphasised.
    #[must_use]
    pub fn bold(self, text: impl Into<String>) -> Self {
        self.with(Span::Bold(text.into()))
    }

    /// Adds something to type.
    #[must_use]
    pub fn code(self, text: impl Into<String>) -> Self {
        self.with(Span::Code(text.into()))
    }

    /// Adds what a person wrote.
    #[must_use]
    pub fn prose(self, prose: &Prose) -> Self {
        self.with(Span::Prose(prose.clone()))
    }

    /// Adds what a person wrote, emphasised.
    #[must_use]
    pub fn bold_prose(self, prose: &Prose) -> Self {
        self.with(Span::BoldProse(prose.clone()))
    }

    /// Mentions a person.
    #[must_use]
    pub fn person(self, user: &UserId) -> Self {
        self.with(Span::Person(user.clone()))
    }

    /// Links a channel.
    #[must_use]
    pub fn channel(self, channel: &ChannelId) -> Self {
        self.with(Span::Channel(channel.clone()))
    }

    /// Adds an instant.
    #[must_use]
    pub fn time(self, at: Timestamp) -> Self {
        self.with(Span::Time(at))
    }

    /// Adds an emoji by its name.
    #[must_use]
    pub fn emoji(self, name: impl Into<String>) -> Self {
        self.with(Span::Emoji(name.into()))
    }

    /// Links a page outside.
    #[must_use]
    pub fn link(self, url: impl Into<String>, label: impl Into<String>) -> Self {
        self.with(Span::Link { url: url.into(), label: label.into() })
    }
}

/// A button under a message. Pressing it does what its command does when typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// The command line that it stands for, such as `.point`.
    pub command: String,
    /// The incident on which it acts, when it is shown outside that incident's channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<IncidentId>,
}

/// One message that the bot says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// The buttons under it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
}

impl<L: Into<Line>> From<L> for Message {
    fn from(line: L) -> Self {
        Self { lines: vec![line.into()], buttons: Vec::new() }
    }
}

impl Message {
    /// An empty message, to be added to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a line.
    #[must_use]
    pub fn line(mut self, line: impl Into<Line>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Adds several lines.
    #[must_use]
    pub fn lines(mut self, lines: impl IntoIterator<Item = Line>) -> Self {
        self.lines.extend(lines);
        self
    }

    /// Adds a button.
    #[must_use]
    pub fn button(mut self, label: impl Into<String>, command: impl Into<String>) -> Self {
        self.buttons.push(Button { label: label.into(), command: command.into(), on: None });
        self
    }

    /// Lets every button act on an incident, for a message outside that incident's channel.
    #[must_use]
    pub fn acting_on(mut self, incident: IncidentId) -> Self {
        for button in &mut self.buttons {
            button.on = Some(incident);
        }
        self
    }
}

/// Plain text, for logs and tests: mentions as `@U1`, channels as `#C1`, what is to be typed in backticks, times in UTC.
impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) | Self::Bold(text) => f.write_str(text),
            Self::Code(text) => write!(f, "`{text}`"),
            Self::Prose(prose) | Self::BoldProse(prose) => write!(f, "{prose}"),
            Self::Person(user) => write!(f, "@{user}"),
            Self::Channel(channel) => write!(f, "#{channel}"),
            Self::Group(group) => write!(f, "@{group}"),
            Self::Everyone => f.write_str("@everyone-here"),
            Self::Time(at) | Self::UtcTime(at) => f.write_str(&utc(*at)),
            Self::Link { url, label } if url == label => f.write_str(url),
            Self::Link { url, label } => write!(f, "{label} ({url})"),
            Self::Permalink { label, .. } => f.write_str(label),
            Self::Emoji(name) => write!(f, ":{name}:"),
        }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.stand {
            Stand::Item => "- ",
            Stand::Quote => "> ",
            Stand::Plain | Stand::Heading | Stand::Aside => "",
        })?;
        self.spans.iter().try_for_each(|span| span.fmt(f))
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, line) in self.lines.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            line.fmt(f)?;
        }
        Ok(())
    }
}

/// An instant as it is written out for everybody (BEHAVIOUR §10): `2024-02-28 17:00 UTC`.
pub fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
