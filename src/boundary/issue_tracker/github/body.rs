//! The bot's part of an issue's body, between two HTML comments that readers do not see. The first one remembers what the
//! bot wrote last, so that what people changed since can be told from what the bot must change.

use serde::{Deserialize, Serialize};

use crate::boundary::issue_tracker::Key;

const BEGIN: &str = "<!-- breakingbot:begin ";
const END: &str = "<!-- breakingbot:end -->";
const ITEMS_BEGIN: &str = "<!-- breakingbot:items -->";
const ITEMS_END: &str = "<!-- breakingbot:items-end -->";
const LINKS_BEGIN: &str = "<!-- breakingbot:links -->";
const LINKS_END: &str = "<!-- breakingbot:links-end -->";

/// What the bot wrote last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Wrote {
    /// The call that made the issue.
    pub key: String,
    /// A mark of the title.
    pub title: String,
    /// The labels for priority and components.
    pub labels: Vec<String>,
    /// The people it assigned.
    pub assignees: Vec<String>,
    /// The status: a label, and whether the issue is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// A status: GitHub's own, and a label that says more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Status {
    pub open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A part of the body that is the bot's: what it is between, and the list of lines in it.
#[derive(Clone, Copy, Debug)]
pub(super) enum List {
    Items,
    Links,
}

impl List {
    fn marks(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Items => (ITEMS_BEGIN, ITEMS_END, "### Action items"),
            Self::Links => (LINKS_BEGIN, LINKS_END, "### Links"),
        }
    }
}

/// What the bot wrote last, when the body still tells.
pub(super) fn wrote(body: &str) -> Option<Wrote> {
    let (_, after) = body.split_once(BEGIN)?;
    let (json, _) = after.split_once(" -->")?;
    serde_json::from_str(json).ok()
}

/// The body with the bot's part replaced, or put behind everything else when it is not there. An incomplete pair of
/// marks marks nothing: what is between is then somebody's text, and only the mark goes.
pub(super) fn with_part(body: &str, wrote: &Wrote, text: &str) -> String {
    // A comment ends at the first `-->`, so no `-` may be told as itself.
    let json = serde_json::to_string(wrote).unwrap_or_default().replace('-', "\\u002d");
    let part = format!("{BEGIN}{json} -->\n{text}\n{END}");
    match between(body, BEGIN, END) {
        Some((before, after)) => format!("{before}{part}{after}"),
        None => {
            let rest = without_marks(body);
            match rest.trim_end() {
                "" => part,
                rest => format!("{rest}\n\n{part}"),
            }
        }
    }
}

/// The bot's words in its part.
pub(super) fn part(body: &str) -> Option<&str> {
    let (before, after) = between(body, BEGIN, END)?;
    let whole = body.get(before.len()..body.len() - after.len())?;
    let (_, text) = whole.split_once(" -->\n")?;
    text.strip_suffix(END).map(str::trim_end)
}

/// What is before and behind a marked part.
fn between<'b>(body: &'b str, begin: &str, end: &str) -> Option<(&'b str, &'b str)> {
    let start = body.find(begin)?;
    let stop = start + body.get(start..)?.find(end)? + end.len();
    Some((body.get(..start)?, body.get(stop..)?))
}

fn without_marks(body: &str) -> String {
    let mut rest = body.replace(END, "");
    while let Some(start) = rest.find(BEGIN) {
        let length = rest.get(start..).and_then(|tail| tail.find("-->")).map_or(BEGIN.len(), |end| end + 3);
        rest.replace_range(start..start + length, "");
    }
    rest
}

/// The mark of a line, a comment or an issue.
pub(super) fn mark(key: &Key) -> String {
    format!("<!-- breakingbot:key {key} -->")
}

/// The body with a line in a list of the bot's. A line that has the mark already is replaced when `replaces`, and
/// otherwise stays as people left it.
pub(super) fn with_line(body: &str, list: List, mark: &str, line: &str, replaces: bool) -> String {
    let (begin, end, heading) = list.marks();
    let line = format!("{line} {mark}");
    match between(body, begin, end) {
        Some((before, after)) => {
            let whole = body.get(before.len() + begin.len()..body.len() - after.len() - end.len()).unwrap_or_default();
            let mut lines: Vec<String> = whole.trim().lines().map(str::to_owned).collect();
            match lines.iter_mut().find(|line| line.contains(mark)) {
                Some(found) if replaces => *found = line,
                Some(_) => {}
                None => lines.push(line),
            }
            format!("{before}{begin}\n{}\n{end}{after}", lines.join("\n"))
        }
        None => format!("{}\n\n{begin}\n{heading}\n\n{line}\n{end}", body.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrote_now() -> Wrote {
        Wrote { key: "incident-1".to_owned(), labels: vec!["a --> b".to_owned()], ..Wrote::default() }
    }

    #[test]
    fn what_people_write_around_it_survives() {
        let first = with_part("", &wrote_now(), "one");
        assert_eq!(wrote(&first).unwrap(), wrote_now());
        assert_eq!(part(&first), Some("one"));
        let edited = format!("Before.\n\n{first}\n\nBehind.");
        let second = with_part(&edited, &wrote_now(), "two");
        assert_eq!(second, edited.replace("one", "two"));
    }

    #[test]
    fn a_part_that_somebody_took_away_comes_back_behind_the_rest() {
        let first = with_part("", &wrote_now(), "one");
        let (_, rest) = first.split_once('\n').unwrap();
        let again = with_part(rest, &wrote_now(), "two");
        assert_eq!(again.matches(BEGIN).count(), 1);
        assert_eq!(again.matches(END).count(), 1);
        assert!(again.starts_with("one") && again.ends_with(&format!("two\n{END}")), "{again}");
        let cut = first.replace(END, "mine");
        let again = with_part(&cut, &wrote_now(), "two");
        assert!(again.contains("one\nmine") && again.matches(BEGIN).count() == 1, "{again}");
    }

    #[test]
    fn lines_are_added_once_and_ticks_stay() {
        let mark = mark(&Key::new("x"));
        let once = with_line("Text", List::Items, &mark, "- [ ] a", false);
        let ticked = once.replace("[ ]", "[x]");
        assert_eq!(with_line(&ticked, List::Items, &mark, "- [ ] a", false), ticked);
        let two = with_line(&ticked, List::Items, "<!-- y -->", "- [ ] b", false);
        assert!(two.starts_with("Text\n\n<!-- breakingbot:items -->\n### Action items\n\n- [x] a"), "{two}");
        assert!(two.contains("\n- [ ] b <!-- y -->\n<!-- breakingbot:items-end -->"), "{two}");
    }
}
