//! The state machine: which states there are, which action leads where, and which state stored moments imply.

use serde::{Deserialize, Serialize};

use super::incident::Incident;

/// A step of the guided review, in the order they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStep {
    /// Somebody owns the review.
    Assignee,
    /// Genesis and detected are set.
    Core4,
    /// The priority is looked at once more.
    Priority,
    /// There is at least one component.
    Components,
    /// Contributing factors are looked at.
    Factors,
    /// The summary is looked at.
    Summary,
}

impl ReviewStep {
    /// All, in order.
    pub const ALL: [Self; 6] =
        [Self::Assignee, Self::Core4, Self::Priority, Self::Components, Self::Factors, Self::Summary];

    /// The word that is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Assignee => "assignee",
            Self::Core4 => "core4",
            Self::Priority => "priority",
            Self::Components => "components",
            Self::Factors => "factors",
            Self::Summary => "summary",
        }
    }

    /// The step of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// On record; its channel is being made.
    Opening,
    /// Burning, not yet acknowledged.
    Started,
    /// Burning, somebody leads and somebody speaks.
    Acknowledged,
    /// The effect on people has ended.
    Mitigated,
    /// Waiting for somebody outside.
    Blocked,
    /// Over.
    Resolved,
    /// In the guided review.
    Review(ReviewStep),
    /// The review can begin.
    ReadyForReview,
    /// The review is done.
    Completed,
    /// Called off.
    Canceled,
    /// Put away.
    Archived,
}

impl State {
    /// All, in the order of an incident's life.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Opening, Self::Started, Self::Acknowledged, Self::Mitigated, Self::Blocked, Self::Resolved]
            .into_iter()
            .chain(ReviewStep::ALL.into_iter().map(Self::Review))
            .chain([Self::ReadyForReview, Self::Completed, Self::Canceled, Self::Archived])
    }

    /// The word that is stored: the review steps are `review_…`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Started => "started",
            Self::Acknowledged => "acknowledged",
            Self::Mitigated => "mitigated",
            Self::Blocked => "blocked",
            Self::Resolved => "resolved",
            Self::Review(ReviewStep::Assignee) => "review_assignee",
            Self::Review(ReviewStep::Core4) => "review_core4",
            Self::Review(ReviewStep::Priority) => "review_priority",
            Self::Review(ReviewStep::Components) => "review_components",
            Self::Review(ReviewStep::Factors) => "review_factors",
            Self::Review(ReviewStep::Summary) => "review_summary",
            Self::ReadyForReview => "ready_for_review",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::Archived => "archived",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::all().find(|state| state.word() == word)
    }

    /// As a person reads it.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Started => "started",
            Self::Acknowledged => "acknowledged",
            Self::Mitigated => "mitigated",
            Self::Blocked => "blocked",
            Self::Resolved => "resolved",
            Self::Review(_) => "resolved, in review",
            Self::ReadyForReview => "ready for review",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::Archived => "archived",
        }
    }

    /// Started, acknowledged, mitigated or blocked.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Started | Self::Acknowledged | Self::Mitigated | Self::Blocked)
    }

    /// Anything can still be put on record.
    pub fn is_updatable(self) -> bool {
        !matches!(self, Self::Archived | Self::Canceled | Self::Completed)
    }

    /// Not put away: its channel is still listed.
    pub fn is_live(self) -> bool {
        self != Self::Archived
    }
}

/// What can happen to the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The channel exists.
    Open,
    /// Point and comms are set, or it was said.
    Ack,
    /// The effect ended.
    Mitigate,
    /// It is over.
    Resolve,
    /// The first blocker opened.
    Block,
    /// The last blocker closed.
    Unblock,
    /// The mitigation was premature.
    Unmitigate,
    /// The all-clear was premature.
    Unresolve,
    /// It burns again.
    Restart,
    /// A false alarm.
    Cancel,
    /// Not a false alarm after all.
    Uncancel,
    /// The guided review goes to a step.
    Next(ReviewStep),
    /// The review can begin.
    Rfr,
    /// The review is done.
    Complete,
    /// It is put away.
    Archive,
    /// A person took it out again.
    Unarchive,
}

impl Action {
    /// All, the review steps each.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            Self::Open,
            Self::Ack,
            Self::Mitigate,
            Self::Resolve,
            Self::Block,
            Self::Unblock,
            Self::Unmitigate,
            Self::Unresolve,
            Self::Restart,
            Self::Cancel,
            Self::Uncancel,
        ]
        .into_iter()
        .chain(ReviewStep::ALL.into_iter().map(Self::Next))
        .chain([Self::Rfr, Self::Complete, Self::Archive, Self::Unarchive])
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ack => "ack",
            Self::Mitigate => "mitigate",
            Self::Resolve => "resolve",
            Self::Block => "block",
            Self::Unblock => "unblock",
            Self::Unmitigate => "unmitigate",
            Self::Unresolve => "unresolve",
            Self::Restart => "restart",
            Self::Cancel => "cancel",
            Self::Uncancel => "uncancel",
            Self::Next(_) => "next",
            Self::Rfr => "rfr",
            Self::Complete => "complete",
            Self::Archive => "archive",
            Self::Unarchive => "unarchive",
        }
    }

    /// The states that the action can lead to from `from`; empty when it is not possible there. Where there are
    /// several, the incident's moments choose.
    pub fn targets(self, from: State) -> &'static [State] {
        use State as S;
        match (self, from) {
            (Self::Open, S::Opening) => &[S::Started],
            (Self::Ack, S::Started) | (Self::Unmitigate, S::Mitigated) => &[S::Acknowledged],
            (Self::Ack, S::Blocked) | (Self::Block, S::Started | S::Acknowledged | S::Mitigated) => &[S::Blocked],
            (Self::Mitigate, S::Started | S::Acknowledged)
            | (Self::Unresolve, S::Resolved | S::Review(_) | S::ReadyForReview) => &[S::Mitigated],
            (Self::Resolve, S::Started | S::Acknowledged | S::Mitigated) => &[S::Resolved],
            (Self::Unblock, S::Blocked) => &[S::Started, S::Acknowledged, S::Mitigated],
            (Self::Restart, S::Mitigated | S::Resolved | S::Review(_) | S::ReadyForReview | S::Completed) => {
                &[S::Started, S::Acknowledged]
            }
            (Self::Cancel, S::Opening | S::Started | S::Acknowledged | S::Mitigated | S::Blocked | S::Resolved) => {
                &[S::Canceled]
            }
            (Self::Uncancel, S::Canceled) => {
                &[S::Opening, S::Started, S::Acknowledged, S::Mitigated, S::Blocked, S::Resolved]
            }
            (Self::Next(step), S::Resolved | S::Review(_)) => review_target(step),
            (Self::Rfr, S::Resolved | S::Review(_)) => &[S::ReadyForReview],
            (Self::Complete, S::Resolved | S::Review(_) | S::ReadyForReview) => &[S::Completed],
            (Self::Archive, S::Completed | S::Canceled) => &[S::Archived],
            (Self::Unarchive, S::Archived) => &[S::Completed, S::Canceled],
            _ => &[],
        }
    }

    /// Whether the action is possible from `from`, guards aside.
    pub fn is_possible_from(self, from: State) -> bool {
        !self.targets(from).is_empty()
    }
}

fn review_target(step: ReviewStep) -> &'static [State] {
    use ReviewStep as R;
    match step {
        R::Assignee => &[State::Review(R::Assignee)],
        R::Core4 => &[State::Review(R::Core4)],
        R::Priority => &[State::Review(R::Priority)],
        R::Components => &[State::Review(R::Components)],
        R::Factors => &[State::Review(R::Factors)],
        R::Summary => &[State::Review(R::Summary)],
    }
}

/// The machine's step: from the incident's state by the action, its facts being already those after the action. An
/// action that is not possible leaves the state as it is; `decide` never lets that happen.
pub fn step(incident: &Incident, action: Action) -> State {
    let from = incident.state;
    match action.targets(from) {
        [] => from,
        [only] => *only,
        several => several.iter().copied().rev().find(|state| holds(incident, *state)).unwrap_or(from),
    }
}

/// Whether the facts allow the state. Only asked of states among which the moments choose.
fn holds(incident: &Incident, state: State) -> bool {
    let moments = &incident.moments;
    match state {
        State::Opening => true,
        State::Started => moments.started.is_some(),
        State::Acknowledged => moments.acknowledged.is_some(),
        State::Mitigated => moments.mitigated.is_some(),
        State::Blocked => incident.is_blocked(),
        State::Resolved => moments.resolved.is_some(),
        State::Completed => moments.completed.is_some(),
        State::Canceled => moments.canceled.is_some(),
        State::Review(_) | State::ReadyForReview | State::Archived => false,
    }
}

/// The state that what is stored implies, first match wins. It is told from the facts alone, without regard to the
/// state in memory, so that the two can be held against each other.
pub fn implied(incident: &Incident) -> State {
    let moments = &incident.moments;
    if moments.archived.is_some() {
        State::Archived
    } else if moments.canceled.is_some() {
        State::Canceled
    } else if moments.completed.is_some() {
        State::Completed
    } else if moments.ready_for_review.is_some() {
        State::ReadyForReview
    } else if moments.resolved.is_some() {
        incident.review_step.map_or(State::Resolved, State::Review)
    } else if incident.is_blocked() {
        State::Blocked
    } else if moments.mitigated.is_some() {
        State::Mitigated
    } else if moments.acknowledged.is_some() {
        State::Acknowledged
    } else if moments.started.is_some() {
        State::Started
    } else {
        State::Opening
    }
}

/// The machine as a Mermaid state diagram, made from the transitions above.
pub fn mermaid() -> String {
    use std::fmt::Write;
    let mut edges: Vec<(State, State, Vec<&'static str>)> = Vec::new();
    for from in State::all() {
        for action in Action::all() {
            for to in action.targets(from) {
                let (a, b) = (shown(from), shown(*to));
                match edges.iter_mut().find(|(x, y, _)| *x == a && *y == b) {
                    Some((_, _, words)) => {
                        if !words.contains(&action.word()) {
                            words.push(action.word());
                        }
                    }
                    None => edges.push((a, b, vec![action.word()])),
                }
            }
        }
    }
    let mut out = String::from("stateDiagram-v2\n    [*] --> Opening: start\n");
    for (from, to, words) in edges {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "    {} --> {}: {}", name(from), name(to), words.join(", "));
    }
    out.push_str("    Archived --> [*]\n");
    out
}

/// The six review steps are drawn as one.
fn shown(state: State) -> State {
    match state {
        State::Review(_) => State::Review(ReviewStep::Assignee),
        other => other,
    }
}

fn name(state: State) -> &'static str {
    match state {
        State::Opening => "Opening",
        State::Started => "Started",
        State::Acknowledged => "Acknowledged",
        State::Mitigated => "Mitigated",
        State::Blocked => "Blocked",
        State::Resolved => "Resolved",
        State::Review(_) => "Review",
        State::ReadyForReview => "ReadyForReview",
        State::Completed => "Completed",
        State::Canceled => "Canceled",
        State::Archived => "Archived",
    }
}
