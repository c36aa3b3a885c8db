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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rehearsal::prose;

    fn heard(line: &str, place: Place) -> String {
        match hear(&prose(line), &Desk::with_defaults("main", "C0MAIN"), place) {
            Heard::Command(typed) => format!("{} [{}]", typed.spec.word, typed.argument),
            Heard::NearMiss(corrected) => format!("meant {corrected}"),
            Heard::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn the_first_line_starts_with_a_dot_and_a_known_word_in_any_case() {
        for (line, expected) in [
            (".stop", "stop []"),
            (".STOP", "stop []"),
            (".AllClear", "stop []"),
            ("  .stop  ", "stop []"),
            ("\u{200b}.stop", "stop []"),
            (".resolved-at 9:05", "resolved-at [9:05]"),
            (".mitigated\n20 minutes ago", "mitigated [20 minutes ago]"),
            (".genesis \t 9:05 \n", "genesis [9:05]"),
            (".stop\nand celebrate\n.cancel", "stop [and celebrate\n.cancel]"),
            (".point <@U0BOB>", "point [@U0BOB]"),
            (".comms <@U0BOB> please", "comms [@U0BOB please]"),
            (".p1", "priority []"),
            (".P1 all customers", "priority [all customers]"),
            (".p9", "priority []"),
            (".priority", "priority []"),
            (".low Search", "start [Search]"),
        ] {
            assert_eq!(heard(line, Place::Incident), expected, "{line:?}");
        }
    }

    #[test]
    fn in_a_main_channel_a_level_that_the_desk_has_starts_at_it() {
        for (line, expected) in [
            (".p1 Checkout", "start [Checkout]"),
            (".p9 Checkout", "priority [Checkout]"),
            (".crit Checkout", "start [Checkout]"),
            (".start <@U0BOB> broke it", "start [@U0BOB broke it]"),
        ] {
            assert_eq!(heard(line, Place::Main), expected, "{line:?}");
        }
    }

    #[test]
    fn chatter_is_none_of_our_business() {
        for line in [
            "",
            ".",
            "..",
            "...",
            "... or not",
            ".5%",
            ".NET is down",
            ".net",
            ".stop!",
            ".stop.",
            "please .stop",
            "stop",
            "hello\n.stop",
            "/stop",
            "<@U0BOB> .stop",
            ".<@U0BOB>",
            "<https://example.com|.stop>",
            ".p12",
            ".p",
            ".px",
            ".gitignore is missing",
            ".env",
            ".stopping",
            ".a-very-long-word-that-nobody-would-ever-type-as-a-command-of-ours",
        ] {
            for place in [Place::Main, Place::Incident, Place::Elsewhere] {
                assert_eq!(heard(line, place), "nothing", "{line:?}");
            }
        }
    }

    #[test]
    fn a_near_miss_is_a_longer_word_one_edit_or_one_swap_away() {
        for (line, expected) in [
            (".mitgated", "meant .mitigated"),
            (".mitgated 20 minutes ago", "meant .mitigated 20 minutes ago"),
            (".strat Checkout is down", "meant .start Checkout is down"),
            (".startt Checkout\nand search", "meant .start Checkout\nand search"),
            (".piont <@U0BOB>", "meant .point @U0BOB"),
            (".CANCLE", "meant .cancel"),
            (".cancl", "meant .cancel"),
            (".Cacnel", "meant .cancel"),
            (".priorty 1", "meant .priority 1"),
            (".resolvedat 9:05", "meant .resolved-at 9:05"),
            (".critcal Checkout", "meant .critical Checkout"),
            // Four letters could be anything.
            (".stpo", "nothing"),
            (".hlep", "nothing"),
            (".syop", "nothing"),
            (".poin", "nothing"),
            (".stat", "nothing"),
            // Two edits are a different word.
            (".mitgatd", "nothing"),
            (".strta", "nothing"),
        ] {
            assert_eq!(heard(line, Place::Incident), expected, "{line:?}");
        }
    }

    #[test]
    fn what_is_meant_is_shown_to_its_author_alone_and_only_where_commands_are_expected() {
        use crate::core::rehearsal::{MAIN, ROOM, Rehearsal};
        let mut room = Rehearsal::burning();
        for channel in [ROOM, MAIN] {
            room.says("U0ALICE", channel, ".strat Checkout is down")
                .is_whispered("I did nothing. If you meant this, copy and send it:\n.start Checkout is down");
        }
        room.says("U0ALICE", "C0OTHER", ".strat Checkout is down").is_ignored();
        room.alice("...").is_ignored();
        room.alice_in_main(".NET is down").is_ignored();
    }

    #[test]
    fn a_command_in_a_thread_is_answered_in_that_thread() {
        use crate::core::effect::Effect;
        use crate::core::rehearsal::Rehearsal;
        let mut room = Rehearsal::burning();
        let mut thread_of = |line: &str| {
            let effects = room.in_thread("1.000001", line).effects;
            effects.iter().find_map(|effect| match effect {
                Effect::Reply { to, .. } => Some(to.answer_thread().clone()),
                Effect::Whisper { thread, .. } => thread.clone(),
                _ => None,
            })
        };
        for line in [".status", ".restart", ".genesis 17:30", ".mitgated"] {
            assert_eq!(thread_of(line), Some("1.000001".into()), "{line}");
        }
    }

    #[test]
    fn no_two_commands_share_a_word() {
        let mut words: Vec<&str> = ALL.iter().flat_map(|spec| spec.words()).collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
        let desk = Desk::with_defaults("main", "C0MAIN");
        for alias in desk.priorities.values().flat_map(|priority| &priority.aliases) {
            assert!(!words.contains(&alias.as_str()), "{alias} starts an incident");
        }
    }

    #[test]
    fn every_example_is_heard_as_its_command() {
        for spec in ALL {
            let place = if matches!(spec.run, Run::Declares(_)) { Place::Main } else { Place::Incident };
            assert!(heard(spec.example, place).starts_with(&format!("{} [", spec.word)), "{}", spec.example);
        }
    }
}
