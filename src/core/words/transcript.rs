//! A whole incident as its people read it: what is typed, and everything that is said and done because of it.

use jiff::SignedDuration;

use crate::core::effect::{Effect, Topic};
use crate::core::inbound::{Inbound, Outcome};
use crate::core::rehearsal::{MAIN, ROOM, Rehearsal};

struct Transcript {
    rehearsal: Rehearsal,
    told: String,
}

impl Transcript {
    fn begin() -> Self {
        let mut rehearsal = Rehearsal::before_the_fire();
        rehearsal.desk.runbooks.insert("root".to_owned(), "https://runbooks.example/breaking".to_owned());
        Self { rehearsal, told: String::new() }
    }

    /// Somebody types a line, five minutes after the one before.
    fn says(&mut self, user: &str, channel: &str, line: &str) {
        self.rehearsal.advance(SignedDuration::from_mins(5));
        let reply = self.rehearsal.says(user, channel, line);
        self.told.push_str(&format!("\n{user} in {}: {line}\n", place(channel)));
        self.tell(&reply.effects);
    }

    fn alice(&mut self, line: &str) {
        self.says("U0ALICE", ROOM, line);
    }

    fn bob(&mut self, line: &str) {
        self.says("U0BOB", ROOM, line);
    }

    fn happens(&mut self, what: &str, inbound: &Inbound) {
        let effects = self.rehearsal.happens(inbound);
        self.told.push_str(&format!("\n[{what}]\n"));
        self.tell(&effects);
    }

    fn comes(&mut self, what: &str, outcome: &Outcome) {
        let effects = self.rehearsal.comes(outcome);
        self.told.push_str(&format!("\n[{what}]\n"));
        self.tell(&effects);
    }

    fn tell(&mut self, effects: &[Effect]) {
        for effect in effects {
            let told = match effect {
                Effect::React { reaction, .. } => format!(":{}:", reaction.emoji()),
                Effect::Unreact { reaction, .. } => format!("takes :{}: back", reaction.emoji()),
                Effect::Reply { message, .. } => format!("answer: {message}"),
                Effect::Whisper { to, message, .. } => format!("to {to} alone: {message}"),
                Effect::Post { channel, message, .. } => format!("{}: {message}", place(channel.as_str())),
                Effect::Rewrite { channel, to, .. } => format!("changes in {}: {to}", place(channel.as_str())),
                Effect::Remove { channel, .. } => format!("takes back in {}", place(channel.as_str())),
                Effect::Attach { message, file, .. } => format!("answer with {}: {message}", file.name),
                Effect::OpenChannel { name } => format!("opens #{name}"),
                Effect::SetTopic { topic, .. } => format!("topic: {}", one_line(topic)),
                Effect::Invite { users, .. } => format!("invites {users:?}"),
                Effect::Pin { .. } => "pins it".to_owned(),
                Effect::Bookmark { title, url, .. } => format!("bookmarks {title} {url}"),
                Effect::ArchiveChannel { .. } => "archives the channel".to_owned(),
                Effect::TrackOpen => "makes the tracking issue".to_owned(),
                Effect::TrackSync => "brings the tracking issue up to date".to_owned(),
                Effect::DraftReport { .. } => "drafts the report".to_owned(),
            };
            for (i, line) in told.lines().enumerate() {
                let indent = if i == 0 { "    " } else { "        " };
                self.told.push_str(&format!("{indent}{line}\n"));
            }
        }
    }
}

fn place(channel: &str) -> &str {
    match channel {
        ROOM => "#room",
        MAIN => "#main",
        "C0NOTIFY" => "#notify",
        other => other,
    }
}

fn one_line(topic: &Topic) -> String {
    let parts = [&topic.head, &topic.components, &topic.title, &topic.blockers, &topic.tail];
    parts.map(ToString::to_string).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn from_the_first_word_to_the_last() {
    let mut t = Transcript::begin();
    t.says("U0ALICE", MAIN, ".start Checkout is down");
    t.comes("the channel is there", &Outcome::ChannelOpened { channel: ROOM.into(), name: "breaking-1".into() });
    t.comes("the intro stands", &Outcome::IntroPosted { message: "1.1".into() });
    t.alice(".point");
    t.alice(".comms <@U0BOB>");
    t.alice(".summary Payments fail for everybody since the 16:40 deploy.");
    t.alice(".genesis 17:40");
    t.alice(".detected 17:50");
    t.bob(".notify We are rolling the deploy back.");
    t.alice(".p1 all customers are hit");
    t.alice(".mitigated");
    t.alice(".unmitigated");
    t.alice(".blocked the payment provider => their status page is red");
    t.alice(".mitigated");
    t.alice(".stop");
    t.alice(".unblocked");
    t.alice(".mitigated 10 minutes ago");
    t.bob(".stop");
    t.alice(".unresolve");
    t.alice(".stop");
    t.alice(".rfr");
    for line in [
        ".next",
        ".assign",
        ".next",
        ".next",
        ".components checkout",
        ".factor the deploy had no canary",
        ".next",
        ".next",
        ".ai Deploy to a canary first",
        ".next",
        ".complete",
    ] {
        t.alice(line);
    }
    t.alice(".restart");
    t.bob(".cancel");
    t.bob(".uncancel");
    insta::assert_snapshot!(t.told, @r"
    U0ALICE in #main: .start Checkout is down
        :ok:
        opens #breaking-1

    [the channel is there]
        #room: Checkout is down
            :fire: Incident 1, P2 (serious, limited blast radius; several customers), declared by @U0ALICE at 2024-02-28 17:05 UTC.
            Next steps
            - `.point` to run the response
            - `.comms` to write updates for everybody who asks
            - `.summary what is known` so that who comes late can catch up
            Runbooks
            - root (https://runbooks.example/breaking)
            `.priority` if the level is wrong; `.stop` when it is over; `.commands` lists everything I can do.
        #main: :fire: [P2] New incident: Checkout is down · #C0ROOM
            Declared by @U0ALICE at P2 (serious, limited blast radius; several customers). To help, join its channel.
        #notify: @everyone-here :fire: [P2] New incident: Checkout is down · #C0ROOM
            Declared by @U0ALICE at P2 (serious, limited blast radius; several customers). To help, join its channel.
        invites [U0ALICE]
        topic: :fire: [P2] CHECKOUT IS DOWN · point nobody, comms nobody

    [the intro stands]
        pins it
        bookmarks Runbook https://runbooks.example/breaking

    U0ALICE in #room: .point
        :ok:
        topic: :fire: [P2] CHECKOUT IS DOWN · point @U0ALICE, comms nobody

    U0ALICE in #room: .comms <@U0BOB>
        :ok:
        invites [U0BOB]
        topic: :fire: [P2] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0ALICE in #room: .summary Payments fail for everybody since the 16:40 deploy.
        answer: Summary of incident 1 now
            > Payments fail for everybody since the 16:40 deploy.

    U0ALICE in #room: .genesis 17:40
        answer: Genesis: 2024-02-28 17:40 CET (Europe/Berlin), 2024-02-28 16:40 UTC.

    U0ALICE in #room: .detected 17:50
        answer: Detected: 2024-02-28 17:50 CET (Europe/Berlin), 2024-02-28 16:50 UTC.
            TTD (time to detect): 10 m · TTA (time to acknowledge): 25 m

    U0BOB in #room: .notify We are rolling the deploy back.
        :ok:
        #notify: :fire: [P2] Update: Checkout is down · #C0ROOM
            > We are rolling the deploy back.
            Sent by @U0BOB

    U0ALICE in #room: .p1 all customers are hit
        :ok:
        #main: :fire: [P1] More urgent now: Checkout is down · #C0ROOM
            Raised to P1 by @U0ALICE. To help, join its channel.
            > all customers are hit
        #notify: @everyone-here :fire: [P1] More urgent now: Checkout is down · #C0ROOM
            Raised to P1 by @U0ALICE. To help, join its channel.
            > all customers are hit
        topic: :fire: [P1] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0ALICE in #room: .mitigated
        :ok:
        #room: Mitigated by @U0ALICE. Keep watching: `.stop` when it is over, `.unmitigated` if people are still hit.

    U0ALICE in #room: .unmitigated
        :ok:
        #room: Unmitigated by @U0ALICE. People are still hit; `.mitigated` when that has ended.

    U0ALICE in #room: .blocked the payment provider => their status page is red
        answer: Blocker #1: waiting for the payment provider
            Reason: their status page is red
            `.unblocked 1` when it is not waited for any more.
        topic: :fire: [P1] [blocked] CHECKOUT IS DOWN · waiting for the payment provider · point @U0ALICE, comms @U0BOB

    U0ALICE in #room: .mitigated
        :exclamation:
        answer: Still blocked by #1 the payment provider: `.unblockall`, then `.mitigated`.

    U0ALICE in #room: .stop
        :exclamation:
        answer: Still blocked by #1 the payment provider: `.unblockall`, then `.stop`.

    U0ALICE in #room: .unblocked
        :ok:
        topic: :fire: [P1] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0ALICE in #room: .mitigated 10 minutes ago
        answer: Mitigated: 2024-02-28 19:05 CET (Europe/Berlin), 2024-02-28 18:05 UTC.
            TTM (time to mitigate): 1 h 25 m
        #room: Mitigated by @U0ALICE as of 2024-02-28 18:05 UTC. Keep watching: `.stop` when it is over, `.unmitigated` if people are still hit.

    U0BOB in #room: .stop
        :ok:
        #room: Resolved by @U0BOB. All clear. It lasted 1 h 40 m.
            Not on record yet: action items (`.ai`), code changes (`.pr`), contributing factors (`.factor`).
            Next: `.next` walks you through the review, step by step.
            If it is not over: `.unresolve` takes the all-clear back, `.restart` says that it is burning again.
        #main: :white_check_mark: [P1] All clear: Checkout is down · #C0ROOM
            Resolved by @U0BOB. It lasted 1 h 40 m.
        #notify: :white_check_mark: [P1] All clear: Checkout is down · #C0ROOM
            Resolved by @U0BOB. It lasted 1 h 40 m.
        topic: :white_check_mark: [P1] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0ALICE in #room: .unresolve
        :ok:
        #room: Unresolved by @U0ALICE. It is not over, but still mitigated: `.stop` when it is over, `.restart` if people are hit again.
        #main: :fire: [P1] Unresolved, it is not over: Checkout is down · #C0ROOM
            The all-clear was taken back by @U0ALICE. The effect on people is mitigated; work goes on in its channel.
        #notify: :fire: [P1] Unresolved, it is not over: Checkout is down · #C0ROOM
            The all-clear was taken back by @U0ALICE. The effect on people is mitigated; work goes on in its channel.
        topic: :fire: [P1] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0ALICE in #room: .stop
        :ok:
        #room: Resolved by @U0ALICE. All clear. It lasted 1 h 50 m.
            Not on record yet: action items (`.ai`), code changes (`.pr`), contributing factors (`.factor`).
            Next: `.next` walks you through the review, step by step.
            If it is not over: `.unresolve` takes the all-clear back, `.restart` says that it is burning again.
        #main: :white_check_mark: [P1] All clear: Checkout is down · #C0ROOM
            Resolved by @U0ALICE. It lasted 1 h 50 m.
        #notify: :white_check_mark: [P1] All clear: Checkout is down · #C0ROOM
            Resolved by @U0ALICE. It lasted 1 h 50 m.
        topic: :white_check_mark: [P1] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0ALICE in #room: .rfr
        :exclamation:
        answer: Not ready for review yet, one thing is missing; mend it, then `.rfr` again:
            - no component is named: `.components api, checkout`

    U0ALICE in #room: .next
        answer: Review, step 1 of 6: who owns the review?
            Nobody owns the review yet.
            - `.assign @name` names somebody, `.assign` takes it yourself
            Then `.next` goes on; until then it comes back to this step.

    U0ALICE in #room: .assign
        :ok:

    U0ALICE in #room: .next
        answer: Review, step 3 of 6: is the priority right?
            It is P1 (critical: many customers or a severe security breach, all hands).
            - `.priority 2 and why` changes it, to whichever level is right
            `.next` goes on.

    U0ALICE in #room: .next
        answer: Review, step 4 of 6: which parts of the system are concerned?
            No component is named yet.
            - `.components api, checkout` names them
            Then `.next` goes on; until then it comes back to this step.

    U0ALICE in #room: .components checkout
        :ok:
        topic: :white_check_mark: [P1] [checkout] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0ALICE in #room: .factor the deploy had no canary
        :ok:

    U0ALICE in #room: .next
        answer: Review, step 5 of 6: what contributed to it?
            On record:
            - the deploy had no canary
            - `.factor the cache had no limit` adds one
            `.next` goes on.

    U0ALICE in #room: .next
        answer: Review, step 6 of 6: does the summary tell the whole story?
            On record:
            > Payments fail for everybody since the 16:40 deploy.
            - `.summary what happened` writes it anew
            `.next` goes on.

    U0ALICE in #room: .ai Deploy to a canary first
        :ok:

    U0ALICE in #room: .next
        :ok:
        #room: Ready for review by @U0ALICE. The report as it stands follows: discuss each section in its thread; `.complete` when the review is done.
        #room: Summary
            > Payments fail for everybody since the 16:40 deploy.
        #room: Moments and metrics
            - started: 2024-02-28 17:05 UTC
            - genesis: 2024-02-28 16:40 UTC
            - detected: 2024-02-28 16:50 UTC
            - acknowledged: 2024-02-28 17:15 UTC
            - mitigated: 2024-02-28 18:05 UTC
            - resolved: 2024-02-28 18:30 UTC
            - ready for review: 2024-02-28 19:25 UTC
            - TTD (time to detect): 10 m
            - TTA (time to acknowledge): 25 m
            - TTM (time to mitigate): 1 h 25 m
            - TTR (time to resolve): 1 h 50 m
            - time blocked: 15 m
        #room: People
            - point: @U0ALICE
            - comms: @U0BOB
            - assigned: @U0ALICE
        #room: Components
            - checkout
        #room: Affected
            Nobody is named as affected: `.affected all customers in Europe`.
        #room: Contributing factors
            - the deploy had no canary
        #room: Code changes
            No code change is recorded: `.pr https://…`.
        #room: Action items
            - Deploy to a canary first
        #room: Timeline
            `.history` shows it, `.export` gives the whole record as a file.
        #room: Discussion
            - What surprised us?
            - What helped us notice, and what would have helped us notice sooner?
            - What made it hard to mitigate, and what made it easier?
            - What would make the next incident of this kind shorter or smaller?

    U0ALICE in #room: .complete
        answer: Completed. P1 asks for a report, and no report platform is configured: `.export html` gives the whole record to write it from.
        #room: Completed by @U0ALICE. Thank you all. `.restart` if it comes back.

    U0ALICE in #room: .restart
        :ok:
        #room: Restarted by @U0ALICE. It is burning again; `.mitigated` when people are not hit any more.
        #main: :fire: [P1] Restarted, it is burning again: Checkout is down · #C0ROOM
            Restarted by @U0ALICE. To help, join its channel.
        #notify: @everyone-here :fire: [P1] Restarted, it is burning again: Checkout is down · #C0ROOM
            Restarted by @U0ALICE. To help, join its channel.
        topic: :fire: [P1] [checkout] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0BOB in #room: .cancel
        :ok:
        #room: Canceled by @U0BOB. A false alarm; `.uncancel` if it was none.
        #main: :no_entry_sign: [P1] Canceled: Checkout is down · #C0ROOM
            A false alarm, canceled by @U0BOB. Nothing more to do.
        #notify: :no_entry_sign: [P1] Canceled: Checkout is down · #C0ROOM
            A false alarm, canceled by @U0BOB. Nothing more to do.
        topic: :no_entry_sign: [P1] [checkout] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB

    U0BOB in #room: .uncancel
        :ok:
        #room: Uncanceled by @U0BOB. It is acknowledged again.
        #main: :fire: [P1] Uncanceled, it was no false alarm: Checkout is down · #C0ROOM
            Taken up again by @U0BOB. It is acknowledged. To help, join its channel.
        #notify: :fire: [P1] Uncanceled, it was no false alarm: Checkout is down · #C0ROOM
            Taken up again by @U0BOB. It is acknowledged. To help, join its channel.
        topic: :fire: [P1] [checkout] CHECKOUT IS DOWN · point @U0ALICE, comms @U0BOB
    ");
}

#[test]
fn a_desk_without_a_notify_channel_is_woken_in_its_main_channel() {
    let mut t = Transcript::begin();
    t.rehearsal.desk.notify_channel = None;
    t.says("U0ALICE", MAIN, ".low Search is slow");
    t.comes("the channel is there", &Outcome::ChannelOpened { channel: ROOM.into(), name: "breaking-1".into() });
    t.alice(".p2");
    t.alice(".p3");
    t.alice(".stop");
    t.alice(".complete");
    insta::assert_snapshot!(t.told, @r"
    U0ALICE in #main: .low Search is slow
        :ok:
        opens #breaking-1

    [the channel is there]
        #room: Search is slow
            :dash: Incident 1, P3 (minor or one customer, still needs prompt work), declared by @U0ALICE at 2024-02-28 17:05 UTC.
            Next steps
            - `.point` to run the response
            - `.comms` to write updates for everybody who asks
            - `.summary what is known` so that who comes late can catch up
            Runbooks
            - root (https://runbooks.example/breaking)
            `.priority` if the level is wrong; `.stop` when it is over; `.commands` lists everything I can do.
        #main: :dash: [P3] New incident: Search is slow · #C0ROOM
            Declared by @U0ALICE at P3 (minor or one customer, still needs prompt work). To help, join its channel.
        invites [U0ALICE]
        topic: :dash: [P3] SEARCH IS SLOW · point nobody, comms nobody

    U0ALICE in #room: .p2
        :ok:
        #main: @everyone-here :fire: [P2] More urgent now: Search is slow · #C0ROOM
            Raised to P2 by @U0ALICE. To help, join its channel.
        topic: :fire: [P2] SEARCH IS SLOW · point nobody, comms nobody

    U0ALICE in #room: .p3
        :ok:
        topic: :dash: [P3] SEARCH IS SLOW · point nobody, comms nobody

    U0ALICE in #room: .stop
        :ok:
        #room: Resolved by @U0ALICE. All clear. It lasted 15 m from when it was declared.
            Not on record yet: action items (`.ai`), code changes (`.pr`), contributing factors (`.factor`).
            Next: `.complete` when nothing is left to write down.
            If it is not over: `.unresolve` takes the all-clear back, `.restart` says that it is burning again.
        #main: :white_check_mark: [P3] All clear: Search is slow · #C0ROOM
            Resolved by @U0ALICE. It lasted 15 m from when it was declared.
        topic: :white_check_mark: [P3] SEARCH IS SLOW · point nobody, comms nobody

    U0ALICE in #room: .complete
        :ok:
        #room: Completed by @U0ALICE. Thank you all. `.restart` if it comes back.
    ");
}

#[test]
fn who_comes_late_is_welcomed_and_a_channel_that_is_closed_is_asked_about() {
    let mut t = Transcript::begin();
    t.says("U0ALICE", MAIN, ".start Checkout is down");
    t.comes("the channel is there", &Outcome::ChannelOpened { channel: ROOM.into(), name: "breaking-1".into() });
    t.told.clear();
    let joins = Inbound::Joined { channel: ROOM.into(), user: "U0CAROL".into() };
    t.happens("Carol comes in when nothing was written yet", &joins);
    t.alice(".point");
    t.alice(".genesis 17:40");
    t.alice(".detected 17:50");
    t.alice(".summary Payments fail for everybody.");
    t.happens("Carol comes in after the summary", &joins);
    t.bob(".notify We are rolling the deploy back.");
    t.happens("Carol comes in after the update", &joins);
    let by = Some("U0DAVE".into());
    t.happens("Dave archives the channel", &Inbound::ChannelArchived { channel: ROOM.into(), by: by.clone() });
    t.happens("Dave unarchives the channel", &Inbound::ChannelUnarchived { channel: ROOM.into(), by });
    t.happens("the channel is deleted", &Inbound::ChannelDeleted { channel: ROOM.into() });
    insta::assert_snapshot!(t.told, @r"
    [Carol comes in when nothing was written yet]

    U0ALICE in #room: .point
        :ok:
        topic: :fire: [P2] CHECKOUT IS DOWN · point @U0ALICE, comms nobody

    U0ALICE in #room: .genesis 17:40
        answer: Genesis: 2024-02-28 17:40 CET (Europe/Berlin), 2024-02-28 16:40 UTC.

    U0ALICE in #room: .detected 17:50
        answer: Detected: 2024-02-28 17:50 CET (Europe/Berlin), 2024-02-28 16:50 UTC.
            TTD (time to detect): 10 m

    U0ALICE in #room: .summary Payments fail for everybody.
        answer: Summary of incident 1 now
            > Payments fail for everybody.

    [Carol comes in after the summary]
        to U0CAROL alone: Welcome. This is incident 1, [P2] Checkout is down: started.
            > Payments fail for everybody.
            TTD 10 m
            point: @U0ALICE, comms: nobody
            `.status` tells the rest.

    U0BOB in #room: .notify We are rolling the deploy back.
        :ok:
        #notify: :fire: [P2] Update: Checkout is down · #C0ROOM
            > We are rolling the deploy back.
            Sent by @U0BOB

    [Carol comes in after the update]
        to U0CAROL alone: Welcome. This is incident 1, [P2] Checkout is down: started.
            > Payments fail for everybody.
            Last update, 2024-02-28 17:30 UTC:
            > We are rolling the deploy back.
            TTD 10 m
            point: @U0ALICE, comms: nobody
            `.status` tells the rest.

    [Dave archives the channel]
        #main: The channel of incident 1 (Checkout is down, started) was archived by @U0DAVE while it was still active. Is it over? Unarchive the channel and type `.stop` there; reminders rest until then.

    [Dave unarchives the channel]
        topic: :fire: [P2] CHECKOUT IS DOWN · point @U0ALICE, comms nobody

    [the channel is deleted]
        #main: :no_entry_sign: [P2] Canceled: Checkout is down · #C0ROOM
            I canceled it: its channel was deleted. If it still burns, declare it again with `.start` and its title.
        #notify: :no_entry_sign: [P2] Canceled: Checkout is down · #C0ROOM
            I canceled it: its channel was deleted. If it still burns, declare it again with `.start` and its title.
    ");
}

#[test]
fn a_channel_that_cannot_be_made_is_told_to_who_declared() {
    let mut t = Transcript::begin();
    t.says("U0ALICE", MAIN, ".start Checkout is down");
    t.comes(
        "the channel cannot be made",
        &Outcome::ChannelRefused {
            why: "I may not make channels here: ask an owner of the workspace to let me.".into(),
        },
    );
    insta::assert_snapshot!(t.told, @r"
    U0ALICE in #main: .start Checkout is down
        :ok:
        opens #breaking-1

    [the channel cannot be made]
        takes :ok: back
        :exclamation:
        answer: I could not make a channel for incident 1, so I canceled it; go on in a channel of your own for now. I may not make channels here: ask an owner of the workspace to let me. Then declare it again with `.start` and its title.
    ");
}
