//! Slack's message text: what arrives and leaves again shows the same, and notifies nobody but people.

use std::sync::LazyLock;

use breakingbot::boundary::slack::limits;
use breakingbot::boundary::slack::mrkdwn::{decode, encode};
use breakingbot::core::prose::{Piece, Prose};
use playground::{Options, Playground, Workspace};

/// A workspace that shows mrkdwn as people see it, and knows nothing of the bot.
static WORKSPACE: LazyLock<Workspace> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().expect("there is a runtime");
    let _guard = runtime.enter();
    let (workspace, _) = Playground::build(&Options::default());
    drop(_guard);
    // Its timers are not needed, only its names.
    std::mem::forget(runtime);
    workspace
});

pub fn run(data: &[u8]) {
    let raw = String::from_utf8_lossy(data);
    let prose = decode(&raw);
    // What is too long to stand in a reference is written beside it.
    let is_long = |text: &str, limit| text.chars().count() > limit;
    if prose.pieces().iter().any(|piece| match piece {
        Piece::Link(url, label) => {
            is_long(url, limits::LINK_LABEL) || label.as_deref().is_some_and(|label| is_long(label, limits::LINK_LABEL))
        }
        Piece::Channel(_, name) => is_long(name, limits::LINK_LABEL),
        Piece::Text(_) | Piece::Person(_) => false,
    }) {
        return;
    }
    let sent = encode(&prose);
    for broadcast in ["<!", "<@!", "<#!"] {
        assert!(!sent.contains(broadcast), "{raw:?} leaves as {sent:?}");
    }
    let again = decode(&sent);
    assert_eq!(words(&again), words(&prose), "{raw:?} leaves as {sent:?}");
    assert_eq!(people(&again), people(&prose), "{raw:?} leaves as {sent:?}");
    assert_eq!(encode(&again), sent, "what left and came back leaves as it was: {raw:?}");
    if is_slacks(&raw) {
        assert_eq!(shown(&sent), shown(&raw), "{raw:?} leaves as {sent:?}");
    }
}

/// Whether Slack writes so. It sends no bare `<`, `>` or `&`; what such ones show is nobody's promise. Left out are a date,
/// which is shown by each reader's own clock and leaves as the words it was shown as, and a NUL, which Slack refuses.
fn is_slacks(raw: &str) -> bool {
    let mut rest = raw;
    if raw.contains("<!date") || raw.contains('\0') {
        return false;
    }
    while let Some(at) = rest.find(['<', '>', '&']) {
        let from = &rest[at..];
        if let Some(entity) = ["&amp;", "&lt;", "&gt;"].iter().find(|entity| from.starts_with(**entity)) {
            rest = &from[entity.len()..];
            continue;
        }
        let Some((inside, more)) = from.strip_prefix('<').and_then(|from| from.split_once('>')) else { return false };
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let is_address = ["https://", "http://", "mailto:"].iter().any(|scheme| {
            inside.strip_prefix(scheme).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        });
        let is_reference = is_address
            || inside.strip_prefix('@').is_some_and(is_id)
            || inside.strip_prefix('#').is_some_and(is_id)
            || matches!(inside, "!channel" | "!here" | "!everyone");
        // A label and an address are on one line, without references of their own.
        if !is_reference || inside.contains(['<', '&']) || inside.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return false;
        }
        rest = more;
    }
    true
}

/// The words, and what links show, on the line on which a label stands.
fn words(prose: &Prose) -> String {
    prose.readable().replace('\0', "").replace(['\n', '\r'], " ")
}

fn people(prose: &Prose) -> Vec<&str> {
    let people = prose.pieces().iter().filter_map(|piece| match piece {
        Piece::Person(user) => Some(user.as_str()),
        _ => None,
    });
    people.collect()
}

fn shown(mrkdwn: &str) -> String {
    WORKSPACE.rendered_text(mrkdwn)
}
