//! A channel's topic and name, within what Slack takes.

use crate::core::effect::Topic;
use crate::core::message::{Line, Span};

use super::limits;
use super::mrkdwn::{escape, shorten, split_at};
use super::render::{utc, written};

/// Writes a topic in at most 250 characters. What is too long gives way: the components, then the blockers, then the
/// title; head and tail stay, unless they alone are longer.
pub fn topic(topic: &Topic) -> String {
    let mut parts = [&topic.head, &topic.components, &topic.title, &topic.blockers, &topic.tail]
        .map(|part| line(part).trim().to_owned());
    for giving_way in [1, 3, 2] {
        let whole = join(&parts);
        let over = whole.chars().count().saturating_sub(limits::TOPIC);
        if over == 0 {
            return whole;
        }
        let Some(part) = parts.get_mut(giving_way) else { continue };
        let left = part.chars().count().saturating_sub(over);
        // A stump of a word or two letters tells nothing.
        *part = if left < SHORTEST { String::new() } else { shorten(part, left) };
    }
    split_at(&join(&parts), limits::TOPIC).0.trim_end().to_owned()
}

/// The shortest part that is worth showing, in characters.
const SHORTEST: usize = 5;

fn join(parts: &[String]) -> String {
    let shown: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    shown.join(" ")
}

/// A line as a topic shows it: mentions and emoji, but no emphasis, code or labelled links
/// (conversations.setTopic: "does not support formatting or linkification").
fn line(line: &Line) -> String {
    let text: String = line
        .spans
        .iter()
        .map(|span| match span {
            Span::Bold(text) | Span::Code(text) => escape(text),
            Span::BoldProse(prose) => written(&Span::Prose(prose.clone()), ""),
            Span::Time(at) => utc(*at),
            Span::Link { label, .. } | Span::Permalink { label, .. } => escape(label),
            other => written(other, ""),
        })
        .collect();
    text.replace(['\n', '\r', '\t'], " ")
}

/// A channel name that Slack takes (conversations.create: lower case, digits, `-` and `_`, at most 80 characters), with
/// `-2` and so on behind it from the second try on.
pub fn channel_name(wanted: &str, attempt: u32) -> String {
    let mut name = String::new();
    for c in wanted.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' => name.push(c),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let suffix = if attempt < 2 { String::new() } else { format!("-{attempt}") };
    let room = limits::CHANNEL_NAME - suffix.len();
    name.truncate(room);
    let name = name.trim_end_matches('-');
    format!("{}{suffix}", if name.is_empty() { "incident" } else { name })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::prose::{Piece, Prose};

    fn with(components: &str, title: &str, blockers: &str) -> Topic {
        Topic {
            head: Line::new().emoji("fire").text(" [P1] [blocked]"),
            components: components.into(),
            title: title.into(),
            blockers: blockers.into(),
            tail: Line::new().text("point ").person(&"U0ALICE".into()).text(" comms nobody"),
        }
    }

    #[test]
    fn a_short_one_is_whole() {
        let topic = topic(&with("api, web", "CHECKOUT & SEARCH", ""));
        assert_eq!(topic, ":fire: [P1] [blocked] api, web CHECKOUT &amp; SEARCH point <@U0ALICE> comms nobody");
    }

    #[test]
    fn components_give_way_first_then_blockers_then_the_title() {
        let long = "X".repeat(300);
        let cut = topic(&with(&long, "TITLE", "waits for DBA"));
        assert_eq!(cut.chars().count(), limits::TOPIC);
        assert!(cut.contains("XX… TITLE waits for DBA point <@U0ALICE>"), "{cut}");

        let cut = topic(&with("api", "TITLE", &long));
        assert!(cut.contains("[blocked] TITLE XX") && cut.ends_with("XX… point <@U0ALICE> comms nobody"), "{cut}");

        let cut = topic(&with("api", &long, "DBA"));
        assert!(cut.starts_with(":fire: [P1] [blocked] XX") && !cut.contains("api") && !cut.contains("DBA"), "{cut}");
        assert!(cut.ends_with("XX… point <@U0ALICE> comms nobody"), "{cut}");
    }

    #[test]
    fn blanks_at_the_end_of_what_gives_way_are_not_counted() {
        let cut = topic(&with("", &format!("{}\t\u{b}", "X ".repeat(150)), ""));
        assert!(cut.ends_with("X… point <@U0ALICE> comms nobody"), "{cut}");
    }

    #[test]
    fn channel_names_are_of_slacks_characters() {
        assert_eq!(channel_name("breaking-7", 1), "breaking-7");
        assert_eq!(channel_name("breaking-7", 2), "breaking-7-2");
        assert_eq!(channel_name("Zahlung täglich, kaputt!", 1), "zahlung-t-glich-kaputt");
        assert_eq!(channel_name("🔥", 3), "incident-3");
        assert_eq!(channel_name(&"x".repeat(100), 12).len(), limits::CHANNEL_NAME);
    }

    proptest! {
        #[test]
        fn it_is_never_too_long_and_never_cut_inside_a_reference(
            components in ".{0,120}", title in ".{0,300}", people in 0_usize..30,
        ) {
            let mut topic_parts = with(&components, "", "");
            let mentions = (0..people).map(|n| Piece::Person(format!("U{n:08}").into()));
            let prose: Prose = [Piece::Text(title)].into_iter().chain(mentions).collect();
            topic_parts.title = Line::new().prose(&prose);
            let topic = topic(&topic_parts);
            prop_assert!(topic.chars().count() <= limits::TOPIC);
            prop_assert_eq!(topic.matches('<').count(), topic.matches('>').count());
            prop_assert!(!topic.contains("<!"));
            prop_assert!(topic.contains("point <@U0ALICE> comms nobody"));
        }
    }
}
