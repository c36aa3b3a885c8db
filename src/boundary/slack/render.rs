//! What the bot says, written for Slack: a complete `text` always, and blocks where the message has buttons, headings
//! or asides, which text alone cannot show. What is longer than Slack takes becomes several posts.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use slack_morphism::blocks::{
    SlackActionBlockElement, SlackActionsBlock, SlackBlock, SlackBlockButtonElement, SlackBlockMarkDownText,
    SlackBlockPlainText, SlackBlockPlainTextOnly, SlackContextBlock, SlackContextBlockElement, SlackHeaderBlock,
    SlackSectionBlock,
};

use crate::core::ids::{IncidentId, Source};
use crate::core::message::{Button, Line, Message, Span, Stand};

use super::limits;
use super::mrkdwn::{self, close_code, escape};
use super::split::{Row, chunks, rows_within};
use super::ts;

/// One message as Slack takes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Post {
    /// The whole of what it says, also for notifications and for readers without blocks.
    pub text: String,
    /// The same in blocks; empty when the text is enough.
    pub blocks: Vec<SlackBlock>,
}

/// Writes a message as one post, or as several when it is longer than Slack takes; none when it says nothing.
/// `workspace` is the workspace's own address, for links to messages.
pub fn posts(message: &Message, workspace: &str) -> Vec<Post> {
    let rows: Vec<Row> = message.lines.iter().flat_map(|line| rows_of(line, workspace)).collect();
    let wants_blocks =
        !message.buttons.is_empty() || rows.iter().any(|row| matches!(row.stand, Stand::Heading | Stand::Aside));
    if !wants_blocks {
        let rows = rows_within(rows, limits::TEXT);
        let texts = chunks(rows.iter().map(Row::text), limits::TEXT);
        return texts.into_iter().map(|text| Post { text, blocks: Vec::new() }).collect();
    }
    let mut parts = body(&rows_within(rows, limits::BLOCK_TEXT));
    parts.extend(message.buttons.chunks(limits::ACTIONS).map(actions));
    let mut posts: Vec<Post> = Vec::new();
    for (text, block) in parts {
        let fits = posts.last().is_some_and(|post| {
            post.blocks.len() < limits::BLOCKS && post.text.chars().count() + 1 + text.chars().count() <= limits::TEXT
        });
        if !fits {
            posts.push(Post::default());
        }
        if let Some(post) = posts.last_mut() {
            if !post.text.is_empty() {
                post.text.push('\n');
            }
            post.text.push_str(&text);
            post.blocks.push(block);
        }
    }
    posts
}

/// A message as text alone, for where Slack takes nothing else: what is said with a file.
pub fn text(message: &Message, workspace: &str) -> Vec<String> {
    let rows = message.lines.iter().flat_map(|line| rows_of(line, workspace)).collect();
    chunks(rows_within(rows, limits::TEXT).iter().map(Row::text), limits::TEXT)
}

/// The blocks of the running text, each with the same as text.
fn body(rows: &[Row]) -> Vec<(String, SlackBlock)> {
    let mut parts = Vec::new();
    for run in rows.chunk_by(|a, b| same_block(a.stand, b.stand)) {
        let stand = run.first().map(|row| row.stand).unwrap_or_default();
        if stand == Stand::Heading {
            parts.extend(run.iter().filter(|row| !row.content.trim().is_empty()).map(heading));
            continue;
        }
        for chunk in chunks(run.iter().map(Row::text), limits::BLOCK_TEXT) {
            // Slack refuses a block without text; blank rows between blocks are what the blocks themselves show.
            if chunk.trim().is_empty() {
                continue;
            }
            let text = verbatim(chunk.trim_matches('\n'));
            let block = if stand == Stand::Aside {
                SlackContextBlock::new(vec![SlackContextBlockElement::MarkDown(text)]).into()
            } else {
                SlackSectionBlock::new().with_text(text.into()).into()
            };
            parts.push((chunk, block));
        }
    }
    parts
}

fn same_block(a: Stand, b: Stand) -> bool {
    let kind = |stand| match stand {
        Stand::Plain | Stand::Item | Stand::Quote => 0,
        Stand::Heading => 1,
        Stand::Aside => 2,
    };
    kind(a) == kind(b)
}

/// A heading as a header where plain text can say it, in bold otherwise: a header shows no mention and no link.
fn heading(row: &Row) -> (String, SlackBlock) {
    let content = row.content.trim();
    let is_plain = !content.contains(['<', '&', '`']) && content.chars().count() <= limits::HEADER_TEXT;
    let block = if is_plain {
        SlackHeaderBlock::new(plain(content)).into()
    } else {
        SlackSectionBlock::new().with_text(verbatim(&row.text()).into()).into()
    };
    (row.text(), block)
}

/// The buttons, and as text what to type instead of pressing them.
fn actions(buttons: &[Button]) -> (String, SlackBlock) {
    let mut text = String::new();
    let mut elements: Vec<SlackActionBlockElement> = Vec::new();
    for (place, button) in buttons.iter().enumerate() {
        let shown: String = button.label.chars().take(limits::BUTTON_LABEL).collect();
        // A value that was cut would be another command, so such a button is only said as text.
        let value = value(button);
        if value.chars().count() <= limits::BUTTON_VALUE {
            elements.push(
                SlackBlockButtonElement::new(plain(&shown))
                    .with_action_id(format!("command_{place}").into())
                    .with_value(value)
                    .into(),
            );
        }
        if !text.is_empty() {
            text.push_str(" · ");
        }
        // Typed here, the command would not reach an incident that has its channel elsewhere.
        match button.on {
            Some(_) => text.push_str(&escape(&button.label)),
            None => text.push_str(&format!("{} {}", escape(&button.label), code(&button.command))),
        }
    }
    if elements.is_empty() {
        let block =
            SlackSectionBlock::new().with_text(verbatim(mrkdwn::split_at(&text, limits::BLOCK_TEXT).0).into()).into();
        return (text, block);
    }
    (text, SlackActionsBlock::new(elements).into())
}

/// In front of a button's command stands the incident on which it acts, when the channel does not tell.
const ON: &str = "incident:";

/// What a button carries.
fn value(button: &Button) -> String {
    match button.on {
        Some(incident) => format!("{ON}{incident} {}", button.command),
        None => button.command.clone(),
    }
}

/// The command that a pressed button carries, and the incident on which it acts, when the channel does not tell.
pub fn pressed(value: &str) -> (&str, Option<IncidentId>) {
    let on = value.strip_prefix(ON).and_then(|rest| {
        let (incident, command) = rest.split_once(' ')?;
        Some((command, Some(IncidentId(incident.parse().ok()?))))
    });
    on.unwrap_or((value, None))
}

fn plain(text: &str) -> SlackBlockPlainTextOnly {
    SlackBlockPlainTextOnly::from(SlackBlockPlainText::new(text.to_owned()).with_emoji(true))
}

/// Block text in which Slack links nothing of its own accord: without `verbatim` it would turn words that look like
/// mentions and channels into such (Block Kit reference, text object).
fn verbatim(text: &str) -> SlackBlockMarkDownText {
    SlackBlockMarkDownText::new(text.to_owned()).with_verbatim(true)
}

/// A line's rows: one for each line of what a person wrote in it.
fn rows_of(line: &Line, workspace: &str) -> Vec<Row> {
    let content: String = line.spans.iter().map(|span| written(span, workspace)).collect();
    content
        .split('\n')
        .enumerate()
        .map(|(place, row)| Row {
            stand: line.stand,
            content: row.trim_end_matches('\r').to_owned(),
            first: place == 0,
        })
        .collect()
}

/// A span as Slack's text.
pub fn written(span: &Span, workspace: &str) -> String {
    match span {
        Span::Text(text) => escape(text),
        Span::Bold(text) => bold(&escape(text)),
        Span::Code(text) => code(text),
        Span::Prose(prose) => close_code(&mrkdwn::encode(prose)),
        Span::BoldProse(prose) => bold(&close_code(&mrkdwn::encode(prose))),
        Span::Person(user) => mrkdwn::person(user),
        Span::Channel(channel) => mrkdwn::channel(channel, None),
        Span::Group(group) if mrkdwn::is_id(group.as_str()) => format!("<!subteam^{group}>"),
        Span::Group(group) => escape(&format!("@{group}")),
        Span::Everyone => "<!channel>".to_owned(),
        Span::Time(at) => {
            format!("<!date^{}^{{date_short_pretty}} {{time}}|{}>", at.as_second(), utc(*at))
        }
        Span::UtcTime(at) => utc(*at),
        Span::Link { url, label } => mrkdwn::link(url, Some(label)),
        Span::Permalink { source, label } => mrkdwn::link(&permalink(workspace, source), Some(label)),
        Span::Emoji(name) => emoji(name),
    }
}

/// An instant as it is written for every reader.
pub fn utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The address of a message, built as Slack builds it (chat.getPermalink) without asking for each.
pub fn permalink(workspace: &str, source: &Source) -> String {
    // A button press has no message of its own; its thread is what there is to see.
    let message = match (&source.thread, ts::presser(&source.message)) {
        (Some(thread), Some(_)) => thread,
        _ => &source.message,
    };
    let place = ts::of(message).replace('.', "");
    let channel = &source.channel;
    let base = format!("{workspace}archives/{channel}/p{place}");
    match &source.thread {
        Some(thread) if thread != message => format!("{base}?thread_ts={}&cid={channel}", ts::of(thread)),
        _ => base,
    }
}

/// `:name:`, of the characters that emoji names are made of.
pub fn emoji(name: &str) -> String {
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '\'')).collect();
    if name.is_empty() { name } else { format!(":{name}:") }
}

/// Emphasised, line by line, blanks left outside: Slack reads `*` as emphasis only around words on one line. A line
/// that has a `*` of its own stays as it is, since nothing can tell Slack which of them is meant.
fn bold(encoded: &str) -> String {
    let lines: Vec<String> = encoded
        .split('\n')
        .map(|line| {
            let words = line.trim();
            if words.is_empty() || line.contains('*') {
                return line.to_owned();
            }
            let (before, after) = line.split_once(words).unwrap_or_default();
            format!("{before}*{words}*{after}")
        })
        .collect();
    lines.join("\n")
}

/// To be taken literally. Slack has no way to write a backtick inside code; then the words stand as they are.
fn code(text: &str) -> String {
    let encoded = escape(text);
    match (text.contains('`'), text.contains('\n')) {
        _ if text.trim().is_empty() => encoded,
        (false, false) => format!("`{encoded}`"),
        (false, true) => format!("```\n{encoded}\n```"),
        (true, _) => encoded.replace('`', "\u{2cb}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::core::prose::Prose;

    const WORKSPACE: &str = "https://woo.slack.example/";

    fn the_post(message: &Message) -> Post {
        let mut posts = posts(message, WORKSPACE);
        assert_eq!(posts.len(), 1);
        posts.remove(0)
    }

    fn at() -> Timestamp {
        "2024-02-28T17:00:00Z".parse().unwrap()
    }

    #[test]
    fn spans_are_written_as_slack_reads_them() {
        let source = Source { channel: "C1".into(), message: "1709139600.000100".into(), thread: None };
        let in_thread = Source { thread: Some("1709130000.000001".into()), ..source.clone() };
        let pressed = Source { message: "1709139601.000000:U0BOB".into(), ..in_thread.clone() };
        let link = |source: &Source| Span::Permalink { source: source.clone(), label: "there".into() };
        let table = [
            (Span::Text("a < b & *c*".into()), "a &lt; b &amp; *c*"),
            (Span::Bold("resolved ".into()), "*resolved* "),
            (Span::BoldProse(Prose::from("5*3\nis <b>")), "5*3\n*is &lt;b&gt;*"),
            (Span::Code(".point <@U1>".into()), "`.point &lt;@U1&gt;`"),
            (Span::Code("a\nb".into()), "```\na\nb\n```"),
            (Span::Code("a`b".into()), "aˋb"),
            (Span::Prose(Prose::from("<!channel> `x")), "&lt;!channel&gt; ˋx"),
            (Span::Person("U0ALICE".into()), "<@U0ALICE>"),
            (Span::Person("U> <!channel".into()), "@U&gt; &lt;!channel"),
            (Span::Channel("C1".into()), "<#C1>"),
            (Span::Group("S1".into()), "<!subteam^S1>"),
            (Span::Group("S1><!channel".into()), "@S1&gt;&lt;!channel"),
            (Span::Everyone, "<!channel>"),
            (Span::Time(at()), "<!date^1709139600^{date_short_pretty} {time}|2024-02-28 17:00 UTC>"),
            (Span::UtcTime(at()), "2024-02-28 17:00 UTC"),
            (Span::Link { url: "https://a/?b&c".into(), label: "x > y".into() }, "<https://a/?b&amp;c|x &gt; y>"),
            (link(&source), "<https://woo.slack.example/archives/C1/p1709139600000100|there>"),
            (
                link(&in_thread),
                "<https://woo.slack.example/archives/C1/p1709139600000100?thread_ts=1709130000.000001&amp;cid=C1|there>",
            ),
            (link(&pressed), "<https://woo.slack.example/archives/C1/p1709130000000001|there>"),
            (Span::Emoji("fire".into()), ":fire:"),
            (Span::Emoji("fi:re <!channel>".into()), ":firechannel:"),
        ];
        for (span, expected) in table {
            assert_eq!(written(&span, WORKSPACE), expected, "{span:?}");
        }
    }

    #[test]
    fn a_plain_message_is_text_alone() {
        let message = Message::from("Blockers")
            .line(Line::item().text("DBA\nsince noon"))
            .line(Line::quote(&Prose::from("first\nsecond")));
        let post = the_post(&message);
        assert_eq!(post.text, "Blockers\n• DBA\n   since noon\n> first\n> second");
        assert!(post.blocks.is_empty());
    }

    #[test]
    fn headings_asides_and_buttons_are_blocks_and_the_text_says_it_all_the_same() {
        let message = Message::from(Line::heading().text("Checkout is down"))
            .line("Take a part:")
            .line(Line::item().code(".point"))
            .line(Line::heading().text("Asked by ").person(&"U0ALICE".into()))
            .line(Line::aside().text("since noon"))
            .button("I am point", ".point");
        let post = the_post(&message);
        assert_eq!(
            post.text,
            "*Checkout is down*\nTake a part:\n• `.point`\n*Asked by <@U0ALICE>*\nsince noon\nI am point `.point`"
        );
        assert_eq!(
            serde_json::to_value(&post.blocks).unwrap(),
            json!([
                {"type": "header", "text": {"type": "plain_text", "text": "Checkout is down", "emoji": true}},
                {"type": "section",
                    "text": {"type": "mrkdwn", "text": "Take a part:\n• `.point`", "verbatim": true}},
                {"type": "section", "text": {"type": "mrkdwn", "text": "*Asked by <@U0ALICE>*", "verbatim": true}},
                {"type": "context", "elements": [{"type": "mrkdwn", "text": "since noon", "verbatim": true}]},
                {"type": "actions", "elements": [{"type": "button", "action_id": "command_0", "value": ".point",
                    "text": {"type": "plain_text", "text": "I am point", "emoji": true}}]},
            ])
        );
    }

    #[test]
    fn what_is_too_long_becomes_several_posts() {
        let lines = (0..5_000).map(|n| Line::item().text(format!("component number {n} &")));
        let message = Message::new().lines(lines.clone());
        let texts: Vec<String> = posts(&message, WORKSPACE).into_iter().map(|post| post.text).collect();
        assert!(texts.len() > 1);
        assert!(texts.iter().all(|text| text.chars().count() <= limits::TEXT));
        assert_eq!(texts.join("\n").matches("component number").count(), 5_000);

        let posts = posts(&message.line(Line::aside().text("so many")).button("More", ".more"), WORKSPACE);
        assert!(posts.iter().all(|post| post.blocks.len() <= limits::BLOCKS));
        assert!(posts.iter().all(|post| post.text.chars().count() <= limits::TEXT));
        let text: String = posts.iter().map(|post| post.text.as_str()).collect();
        assert_eq!(text.matches("component number").count(), 5_000);
    }

    #[test]
    fn a_message_that_says_nothing_is_no_post() {
        assert!(posts(&Message::new(), WORKSPACE).is_empty());
        assert!(posts(&Message::from(" \n "), WORKSPACE).is_empty());
    }

    proptest! {
        #[test]
        fn only_our_own_spans_notify(typed in "(\\PC|<!channel>|<!here>|<!subteam\\^S1>|[<>&|`*\n]){0,80}") {
            let prose = Prose::from(typed.as_str());
            let message = Message::from(Line::heading().bold_prose(&prose))
                .line(Line::quote(&prose))
                .line(Line::new().code(&typed).link(&typed, &typed).text(&typed).emoji(&typed))
                .line(Line::aside().prose(&mrkdwn::decode(&typed)))
                .button(typed.clone(), typed.clone());
            for post in posts(&message, WORKSPACE) {
                prop_assert!(!post.text.contains("<!"));
                for block in post.blocks.iter().filter(|block| !matches!(block, SlackBlock::Actions(_))) {
                    prop_assert!(!serde_json::to_string(block).unwrap().contains("<!"));
                }
            }
        }
    }
}
