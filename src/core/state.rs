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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::core::ids::{BlockerId, IncidentId};
    use crate::core::incident::Blocker;

    /// BEHAVIOUR §3: the action, the states it is possible from, and where it leads from each of them.
    fn table() -> Vec<(Action, Vec<State>, Vec<State>)> {
        use Action as A;
        use State as S;
        let review = || ReviewStep::ALL.map(State::Review).into_iter();
        let with_review = |before: &[State], after: &[State]| -> Vec<State> {
            before.iter().copied().chain(review()).chain(after.iter().copied()).collect()
        };
        let mut rows = vec![
            (A::Open, vec![S::Opening], vec![S::Started]),
            (A::Ack, vec![S::Started], vec![S::Acknowledged]),
            (A::Ack, vec![S::Blocked], vec![S::Blocked]),
            (A::Mitigate, vec![S::Started, S::Acknowledged], vec![S::Mitigated]),
            (A::Resolve, vec![S::Started, S::Acknowledged, S::Mitigated], vec![S::Resolved]),
            (A::Block, vec![S::Started, S::Acknowledged, S::Mitigated], vec![S::Blocked]),
            (A::Unblock, vec![S::Blocked], vec![S::Started, S::Acknowledged, S::Mitigated]),
            (A::Unmitigate, vec![S::Mitigated], vec![S::Acknowledged]),
            (A::Unresolve, with_review(&[S::Resolved], &[S::ReadyForReview]), vec![S::Mitigated]),
            (
                A::Restart,
                with_review(&[S::Mitigated, S::Resolved], &[S::ReadyForReview, S::Completed]),
                vec![S::Started, S::Acknowledged],
            ),
            (
                A::Cancel,
                vec![S::Opening, S::Started, S::Acknowledged, S::Mitigated, S::Blocked, S::Resolved],
                vec![S::Canceled],
            ),
            (
                A::Uncancel,
                vec![S::Canceled],
                vec![S::Opening, S::Started, S::Acknowledged, S::Mitigated, S::Blocked, S::Resolved],
            ),
            (A::Rfr, with_review(&[S::Resolved], &[]), vec![S::ReadyForReview]),
            (A::Complete, with_review(&[S::Resolved], &[S::ReadyForReview]), vec![S::Completed]),
            (A::Archive, vec![S::Completed, S::Canceled], vec![S::Archived]),
            (A::Unarchive, vec![S::Archived], vec![S::Completed, S::Canceled]),
        ];
        rows.extend(
            ReviewStep::ALL.map(|step| (A::Next(step), with_review(&[S::Resolved], &[]), vec![S::Review(step)])),
        );
        rows
    }

    #[test]
    fn every_action_leads_from_every_state_where_the_contract_says_and_nowhere_else() {
        for action in Action::all() {
            for from in State::all() {
                let expected: Vec<State> = table()
                    .into_iter()
                    .filter(|(a, states, _)| *a == action && states.contains(&from))
                    .flat_map(|(_, _, targets)| targets)
                    .collect();
                assert_eq!(action.targets(from), expected, "{action:?} from {from:?}");
                assert_eq!(action.is_possible_from(from), !expected.is_empty(), "{action:?} from {from:?}");
            }
        }
    }

    #[test]
    fn an_action_that_is_not_possible_leaves_the_state() {
        for action in Action::all() {
            for from in State::all().filter(|from| !action.is_possible_from(*from)) {
                let mut incident = Incident::nothing(IncidentId(1));
                incident.state = from;
                assert_eq!(step(&incident, action), from, "{action:?} from {from:?}");
            }
        }
    }

    /// A fact, by the state that it implies when none before it in the table holds.
    type Fact = (State, fn(&mut Incident));

    fn blocker() -> Blocker {
        Blocker {
            id: BlockerId(1),
            whom: "legal".into(),
            reason: None,
            by: crate::core::event::Author::Bot,
            since: Timestamp::UNIX_EPOCH,
            until: None,
        }
    }

    #[test]
    fn of_what_is_stored_the_first_that_holds_implies_the_state() {
        let facts: [Fact; 10] = [
            (State::Archived, |incident| incident.moments.archived = Some(Timestamp::UNIX_EPOCH)),
            (State::Canceled, |incident| incident.moments.canceled = Some(Timestamp::UNIX_EPOCH)),
            (State::Completed, |incident| incident.moments.completed = Some(Timestamp::UNIX_EPOCH)),
            (State::ReadyForReview, |incident| incident.moments.ready_for_review = Some(Timestamp::UNIX_EPOCH)),
            (State::Resolved, |incident| incident.moments.resolved = Some(Timestamp::UNIX_EPOCH)),
            (State::Blocked, |incident| incident.blockers.push(blocker())),
            (State::Mitigated, |incident| incident.moments.mitigated = Some(Timestamp::UNIX_EPOCH)),
            (State::Acknowledged, |incident| incident.moments.acknowledged = Some(Timestamp::UNIX_EPOCH)),
            (State::Started, |incident| incident.moments.started = Some(Timestamp::UNIX_EPOCH)),
            (State::Opening, |_| {}),
        ];
        for held in 0_u32..1 << facts.len() {
            let mut incident = Incident::nothing(IncidentId(1));
            let holding: Vec<&Fact> =
                facts.iter().enumerate().filter(|(i, _)| held & (1 << i) != 0).map(|(_, fact)| fact).collect();
            for (_, set) in &holding {
                set(&mut incident);
            }
            let first = holding.first().map_or(State::Opening, |(state, _)| *state);
            assert_eq!(implied(&incident), first, "{:?}", holding.iter().map(|(state, _)| state).collect::<Vec<_>>());
            for review_step in ReviewStep::ALL {
                incident.review_step = Some(review_step);
                let first = if first == State::Resolved { State::Review(review_step) } else { first };
                assert_eq!(implied(&incident), first);
            }
        }
    }

    #[test]
    fn a_closed_blocker_blocks_no_more() {
        let mut incident = Incident::nothing(IncidentId(1));
        incident.moments.started = Some(Timestamp::UNIX_EPOCH);
        incident.blockers.push(Blocker { until: Some(Timestamp::UNIX_EPOCH), ..blocker() });
        assert_eq!(implied(&incident), State::Started);
    }

    #[test]
    fn words_lead_back_to_their_states() {
        for state in State::all() {
            assert_eq!(State::from_word(state.word()), Some(state));
        }
        for step in ReviewStep::ALL {
            assert_eq!(ReviewStep::from_word(step.word()), Some(step));
        }
        assert_eq!(State::from_word("burning"), None);
        let active: Vec<State> = State::all().filter(|state| state.is_active()).collect();
        assert_eq!(active, [State::Started, State::Acknowledged, State::Mitigated, State::Blocked]);
        let final_ones: Vec<State> = State::all().filter(|state| !state.is_updatable()).collect();
        assert_eq!(final_ones, [State::Completed, State::Canceled, State::Archived]);
    }

    #[test]
    fn it_can_be_drawn() {
        insta::assert_snapshot!(mermaid(), @r"
        stateDiagram-v2
            [*] --> Opening: start
            Opening --> Started: open
            Opening --> Canceled: cancel
            Started --> Acknowledged: ack
            Started --> Mitigated: mitigate
            Started --> Resolved: resolve
            Started --> Blocked: block
            Started --> Canceled: cancel
            Acknowledged --> Mitigated: mitigate
            Acknowledged --> Resolved: resolve
            Acknowledged --> Blocked: block
            Acknowledged --> Canceled: cancel
            Mitigated --> Resolved: resolve
            Mitigated --> Blocked: block
            Mitigated --> Acknowledged: unmitigate, restart
            Mitigated --> Started: restart
            Mitigated --> Canceled: cancel
            Blocked --> Blocked: ack
            Blocked --> Started: unblock
            Blocked --> Acknowledged: unblock
            Blocked --> Mitigated: unblock
            Blocked --> Canceled: cancel
            Resolved --> Mitigated: unresolve
            Resolved --> Started: restart
            Resolved --> Acknowledged: restart
            Resolved --> Canceled: cancel
            Resolved --> Review: next
            Resolved --> ReadyForReview: rfr
            Resolved --> Completed: complete
            Review --> Mitigated: unresolve
            Review --> Started: restart
            Review --> Acknowledged: restart
            Review --> Review: next
            Review --> ReadyForReview: rfr
            Review --> Completed: complete
            ReadyForReview --> Mitigated: unresolve
            ReadyForReview --> Started: restart
            ReadyForReview --> Acknowledged: restart
            ReadyForReview --> Completed: complete
            Completed --> Started: restart
            Completed --> Acknowledged: restart
            Completed --> Archived: archive
            Canceled --> Opening: uncancel
            Canceled --> Started: uncancel
            Canceled --> Acknowledged: uncancel
            Canceled --> Mitigated: uncancel
            Canceled --> Blocked: uncancel
            Canceled --> Resolved: uncancel
            Canceled --> Archived: archive
            Archived --> Completed: unarchive
            Archived --> Canceled: unarchive
            Archived --> [*]
        ");
    }
}
