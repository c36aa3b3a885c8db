//! From what was typed to the command that was meant.

use super::{ALL, Run, Spec};
use crate::core::desk::Desk;
use crate::core::prose::{Piece, Prose};

/// What kind of channel something was typed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A desk's main channel.
    Main,
    /// An incident's channel.
    Incident,
    /// Any other.
    Elsewhere,
}

/// A command that was typed.
#[derive(Clone)]
pub struct Typed {
    /// Which.
    pub spec: &'static Spec,
    /// The word that was used, in lower case, without the dot.
    pub word: String,
    /// What followed it, trimmed; several lines are kept.
    pub argument: Prose,
}

/// What a message is to the bot.
#[derive(Clone)]
pub enum Heard {
    /// A command.
    Command(Typed),
    /// Nearly a command: the whole message, corrected.
    NearMiss(Prose),
    /// None of our business.
    Nothing,
}

/// A near miss has at least so many letters (BEHAVIOUR §4).
const NEAR_MISS_LETTERS: usize = 5;

/// The command in a message: its first line starts with a dot and a known word, in any case.
pub fn hear(text: &Prose, desk: &Desk, place: Place) -> Heard {
    let text = text.trimmed();
    let Some(Piece::Text(start)) = text.pieces().first() else { return Heard::Nothing };
    let Some(behind_dot) = start.strip_prefix('.') else { return Heard::Nothing };
    let end = behind_dot.find(char::is_whitespace).unwrap_or(behind_dot.len());
    let (token, tail) = behind_dot.split_at(end);
    if token.is_empty() || token.chars().count() > 40 {
        return Heard::Nothing;
    }
    let word = token.to_lowercase();
    let argument = || {
        [Piece::Text(tail.to_owned())]
            .into_iter()
            .chain(text.pieces().iter().skip(1).cloned())
            .collect::<Prose>()
            .trimmed()
    };
    if let Some(spec) = known(&word, desk, place) {
        return Heard::Command(Typed { spec, word, argument: argument() });
    }
    if let Some(meant) = near(&word, desk) {
        let corrected =
            [Piece::Text(format!(".{meant}{tail}"))].into_iter().chain(text.pieces().iter().skip(1).cloned()).collect();
        return Heard::NearMiss(corrected);
    }
    Heard::Nothing
}

/// The command of a word. `.p` and a digit is the priority command everywhere but in a main channel, where a level that
/// the desk has declares an incident at it; so does a starting alias.
fn known(word: &str, desk: &Desk, place: Place) -> Option<&'static Spec> {
    if let Some(spec) = ALL.iter().find(|spec| spec.words().any(|known| known == word)) {
        return Some(spec);
    }
    let declares = || ALL.iter().find(|spec| matches!(spec.run, Run::Declares(_))).copied();
    if let [b'p', b'0'..=b'9'] = word.as_bytes() {
        if place == Place::Main && desk.level_of(word).is_some() {
            return declares();
        }
        return ALL.iter().find(|spec| spec.word == PRIORITY).copied();
    }
    desk.priorities.values().flat_map(|p| &p.aliases).any(|alias| alias.to_lowercase() == word).then(declares)?
}

/// The word of the command that `.p` and a digit means.
pub const PRIORITY: &str = "priority";

/// The known word that differs by one edit, or by two swapped neighbours.
fn near(word: &str, desk: &Desk) -> Option<String> {
    let spelled = word.chars().all(|c| c.is_alphabetic() || c == '-');
    if !spelled || word.chars().filter(|c| c.is_alphabetic()).count() < NEAR_MISS_LETTERS {
        return None;
    }
    let commands = ALL.iter().flat_map(|spec| spec.words().map(str::to_owned));
    let aliases = desk.priorities.values().flat_map(|priority| priority.aliases.clone());
    commands.chain(aliases).find(|known| strsim::osa_distance(known, word) == 1)
}
