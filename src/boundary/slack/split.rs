//! Long texts in pieces that Slack takes: cut at lines, a line that is itself too long at a blank, and never inside a
//! reference, an entity or a character. Nothing is dropped.

use crate::core::message::Stand;

use super::mrkdwn;

const FENCE: &str = "```";

/// One row of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How its line stands.
    pub stand: Stand,
    /// What it says, encoded.
    pub content: String,
    /// Whether its line begins here.
    pub first: bool,
}

impl Row {
    /// The row as text, with the mark that shows how it stands.
    pub fn text(&self) -> String {
        let content = &self.content;
        match self.stand {
            Stand::Plain | Stand::Aside => content.clone(),
            Stand::Heading if content.trim().is_empty() || content.contains('*') => content.clone(),
            Stand::Heading => format!("*{}*", content.trim()),
            Stand::Item if self.first => format!("• {content}"),
            Stand::Item => format!("   {content}"),
            Stand::Quote => format!("> {content}"),
        }
    }
}

/// For the longest mark that [`Row::text`] adds, a backtick at either end where code is cut, and a fence at either end.
const ROOM: usize = 16;

/// The rows, those that are longer than `limit` characters cut into several. Code that is cut goes on as code.
pub fn rows_within(rows: Vec<Row>, limit: usize) -> Vec<Row> {
    let room = limit.saturating_sub(ROOM).max(1);
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let mut rest = row.content;
        let mut first = row.first;
        while rest.chars().count() > room {
            let (mut head, mut tail) = cut(&rest, room);
            if in_code(&head) {
                head.push('`');
                tail.insert(0, '`');
            }
            out.push(Row { stand: row.stand, content: head, first });
            rest = tail;
            first = false;
        }
        out.push(Row { stand: row.stand, content: rest, first });
    }
    out
}

/// Cuts one line, after a blank when there is one in its second half.
fn cut(line: &str, room: usize) -> (String, String) {
    let (head, _) = mrkdwn::split_at(line, room);
    // A unit longer than the room cannot be kept whole; references never are that long (see `limits`).
    let head = if head.is_empty() { line.chars().take(room).collect() } else { head.to_owned() };
    let mut end = head.len();
    let mut place = 0;
    for unit in mrkdwn::units(&head) {
        place += unit.len();
        if unit == " " && place * 2 > head.len() {
            end = place;
        }
    }
    let (head, tail) = line.split_at(end);
    (head.to_owned(), tail.to_owned())
}

/// Whether a line ends inside of code that began in it. Fences are seen to by [`chunks`].
fn in_code(line: &str) -> bool {
    !line.contains(FENCE) && line.matches('`').count() % 2 == 1
}

/// Joins rows to texts of at most `limit` characters each. A code fence that is open at the end of one is closed there
/// and opened again in the next.
pub fn chunks(rows: impl Iterator<Item = String>, limit: usize) -> Vec<String> {
    // The fence that may have to be added at either end, each on a row of its own.
    let room = limit.saturating_sub(2 * (FENCE.len() + 1)).max(1);
    let mut out: Vec<String> = Vec::new();
    let mut chars = 0;
    let mut fenced = false;
    for row in rows {
        let length = row.chars().count();
        let opens_or_closes = row.matches(FENCE).count() % 2 == 1;
        // The room at the end is for closing a fence; nothing else may take it while one is open.
        let room = match (fenced, opens_or_closes) {
            (false, false) => limit,
            (true, true) if row == FENCE => limit,
            _ => room,
        };
        match out.last_mut() {
            Some(text) if chars + 1 + length <= room => {
                text.push('\n');
                text.push_str(&row);
                chars += 1 + length;
            }
            last => {
                if let (Some(text), true) = (last, fenced) {
                    text.push('\n');
                    text.push_str(FENCE);
                }
                let text = if fenced { format!("{FENCE}\n{row}") } else { row };
                chars = text.chars().count();
                out.push(text);
            }
        }
        fenced ^= opens_or_closes;
    }
    out.retain(|text| !text.trim().is_empty());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(content: &str) -> Row {
        Row { stand: Stand::Plain, content: content.to_owned(), first: true }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_at_a_blank() {
        let rows = rows_within(vec![row("one two three four five six seven")], 26 + ROOM);
        let contents: Vec<&str> = rows.iter().map(|row| row.content.as_str()).collect();
        assert_eq!(contents, ["one two three four five ", "six seven"]);
    }

    #[test]
    fn code_that_is_cut_goes_on_as_code() {
        let rows = rows_within(vec![row("`aaaaaaaaaaaaaaaaaaaaaaaa`")], 12 + ROOM);
        assert!(rows.len() > 1);
        assert!(rows.iter().all(|row| row.content.matches('`').count() == 2), "{rows:?}");
        let fenced = ["```", "a", "b", "c", "```"].map(str::to_owned);
        assert_eq!(chunks(fenced.into_iter(), 13), ["```\na\n```", "```\nb\n```", "```\nc\n```"]);
    }

    proptest! {
        #[test]
        fn nothing_is_dropped_and_nothing_is_too_long(
            contents in prop::collection::vec("([a-z ]|&amp;|<@U1>|🔥){0,60}", 0..10),
            limit in 40_usize..80,
        ) {
            let rows: Vec<Row> = contents.iter().map(|content| row(content)).collect();
            let chunks = chunks(rows_within(rows, limit).iter().map(Row::text), limit);
            for chunk in &chunks {
                prop_assert!(chunk.chars().count() <= limit);
                let whole = chunk.replace("<@U1>", "").replace("&amp;", "");
                prop_assert!(!whole.contains(['<', '>', '&', ';']), "{}", chunk);
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&chunks.concat()), letters(&contents.concat()));
        }
    }
}
