//! Socket Mode's envelopes: who gets which, when it is sent again, and when it is given up.
//!
//! Plain state under the workspace's lock. The connections' tasks and the keeper (which waits for the next deadline)
//! are in `socket.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use crate::ts::Ts;

/// Frames that may wait for one connection's task before the connection counts as unable to take more.
const FRAMES_WAITING: usize = 65_536;
/// Slack allows an app up to ten connections (apps.connections.open).
pub(crate) const MOST_CONNECTIONS: usize = 10;

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Open,
    /// Closed without a close frame.
    Dropped,
}

/// What a connection's task is told to send.
#[derive(Debug)]
pub(crate) enum Frame {
    Text(String),
    Close,
}

struct Connection {
    id: u64,
    frames: mpsc::Sender<Frame>,
    fate: watch::Sender<Fate>,
    /// Has been told to reconnect: gets no more envelopes.
    leaving: bool,
}

/// The two ends a connection's task works with.
pub(crate) struct Ends {
    pub(crate) id: u64,
    pub(crate) frames: mpsc::Receiver<Frame>,
    pub(crate) fate: watch::Receiver<Fate>,
}

/// Where an envelope is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Not sent yet, because events are held back.
    Held,
    /// No connection is open; it goes to the next one that opens.
    Waiting,
    /// Sent, and not acknowledged yet.
    Sent,
    /// To be sent again later.
    Scheduled,
    /// Acknowledged.
    Acknowledged,
    /// Never acknowledged, and not sent again.
    GivenUp,
}

/// An envelope as the looking verbs give it.
#[derive(Debug, Clone, Serialize)]
pub struct EnvelopeView {
    /// Its id.
    pub envelope_id: String,
    /// `events_api` or `interactive`.
    pub kind: &'static str,
    /// The event's type (`message`) or the interaction's (`block_actions`).
    pub subject: String,
    /// What the app received as `payload`.
    pub payload: Value,
    /// How often it was sent, doubled deliveries not counted.
    pub attempts: u32,
    /// Where it is on its way.
    pub standing: Standing,
    /// When it came into being.
    pub created: Ts,
    /// When it was acknowledged first.
    pub acknowledged: Option<Ts>,
    /// What the acknowledgement carried as `payload`.
    pub answer: Option<Value>,
}

struct Envelope {
    kind: &'static str,
    subject: String,
    payload: String,
    /// Failed attempts so far lead to `retry_attempt`; an envelope that waited for a connection counts as retried.
    retry: u32,
    reason: &'static str,
    attempts: u32,
    standing: Standing,
    connection: u64,
    deadline: u64,
    created: Ts,
    acknowledged: Option<Ts>,
    answer: Option<Value>,
}

/// The delays of redelivery, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delays {
    pub(crate) acknowledge_within: u64,
    pub(crate) redeliver_after: [u64; 3],
}

pub(crate) struct Hub {
    connections: Vec<Connection>,
    turn: usize,
    next_connection: u64,
    next_envelope: u64,
    envelopes: BTreeMap<u64, Envelope>,
    kept: usize,
    /// (when, envelope) of the sent and the scheduled.
    deadlines: BTreeSet<(u64, u64)>,
    waiting: VecDeque<u64>,
    delays: Delays,
    pub(crate) twice: bool,
    pub(crate) hold: bool,
}

impl Hub {
    pub(crate) fn new(delays: Delays, kept: usize) -> Self {
        Self {
            connections: Vec::new(),
            turn: 0,
            next_connection: 1,
            next_envelope: 1,
            envelopes: BTreeMap::new(),
            kept: kept.max(1),
            deadlines: BTreeSet::new(),
            waiting: VecDeque::new(),
            delays,
            twice: false,
            hold: false,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.len()
    }

    /// A new connection; `hello` is its first frame.
    pub(crate) fn connect(&mut self, hello: String, now: u64) -> Ends {
        let (frames, receiver) = mpsc::channel(FRAMES_WAITING);
        let (fate, fate_receiver) = watch::channel(Fate::Open);
        let id = self.next_connection;
        self.next_connection += 1;
        // The channel is new and empty: it has room.
        let _ = frames.try_send(Frame::Text(hello));
        self.connections.push(Connection { id, frames, fate, leaving: false });
        self.send_waiting(now);
        Ends { id, frames: receiver, fate: fate_receiver }
    }

    /// A connection is gone: what it did not acknowledge has failed.
    pub(crate) fn disconnected(&mut self, id: u64, now: u64) {
        self.connections.retain(|c| c.id != id);
        let lost: Vec<u64> = self
            .deadlines
            .iter()
            .map(|(_, serial)| *serial)
            .filter(|serial| {
                self.envelopes.get(serial).is_some_and(|e| e.connection == id && e.standing == Standing::Sent)
            })
            .collect();
        for serial in lost {
            self.failed(serial, "connection_closed", now);
        }
    }

    /// Closes every connection without a word.
    pub(crate) fn drop_all(&mut self) {
        for connection in &self.connections {
            connection.fate.send_replace(Fate::Dropped);
        }
    }

    /// Asks every connection to be replaced, as Slack does when it refreshes them.
    pub(crate) fn disconnect_all(&mut self, frame: &str) {
        for connection in &mut self.connections {
            connection.leaving = true;
            let _ = connection.frames.try_send(Frame::Text(frame.to_owned()));
            let _ = connection.frames.try_send(Frame::Close);
        }
    }

    /// Takes an envelope and sends it if it can.
    pub(crate) fn offer(&mut self, kind: &'static str, subject: &str, payload: String, created: Ts) -> String {
        let serial = self.next_envelope;
        self.next_envelope += 1;
        while self.envelopes.len() >= self.kept {
            self.forget_oldest();
        }
        let standing = if self.hold && kind == "events_api" { Standing::Held } else { Standing::Waiting };
        self.envelopes.insert(
            serial,
            Envelope {
                kind,
                subject: subject.to_owned(),
                payload,
                retry: 0,
                reason: "",
                attempts: 0,
                standing,
                connection: 0,
                deadline: 0,
                created,
                acknowledged: None,
                answer: None,
            },
        );
        if standing == Standing::Waiting {
            self.attempt(serial, created.micros());
        }
        envelope_id(serial)
    }

    fn forget_oldest(&mut self) {
        if let Some((serial, old)) = self.envelopes.pop_first() {
            self.deadlines.remove(&(old.deadline, serial));
        }
    }

    /// Lets go what was held back.
    pub(crate) fn release(&mut self, now: u64) {
        self.hold = false;
        let held: Vec<u64> =
            self.envelopes.iter().filter(|(_, e)| e.standing == Standing::Held).map(|(serial, _)| *serial).collect();
        for serial in held {
            self.attempt(serial, now);
        }
    }

    fn attempt(&mut self, serial: u64, now: u64) {
        let open = self.connections.iter().filter(|c| !c.leaving).count();
        let Some(envelope) = self.envelopes.get_mut(&serial) else { return };
        self.deadlines.remove(&(envelope.deadline, serial));
        let mut sent = false;
        if open > 0 {
            // Round robin over the connections that take envelopes.
            self.turn = self.turn.wrapping_add(1);
            let chosen = self.connections.iter().filter(|c| !c.leaving).nth(self.turn % open);
            if let Some(chosen) = chosen {
                sent = chosen.frames.try_send(Frame::Text(envelope.frame(serial, envelope.retry))).is_ok();
                if sent && self.twice {
                    let _ = chosen.frames.try_send(Frame::Text(envelope.frame(serial, envelope.retry.max(1))));
                }
                envelope.connection = chosen.id;
            }
        }
        if sent {
            envelope.attempts += 1;
            envelope.standing = Standing::Sent;
            envelope.deadline = now + self.delays.acknowledge_within;
            self.deadlines.insert((envelope.deadline, serial));
        } else if envelope.kind == "interactive" {
            // Slack shows the person a warning and does not try again.
            envelope.standing = Standing::GivenUp;
        } else {
            envelope.standing = Standing::Waiting;
            envelope.retry = envelope.retry.max(1);
            envelope.reason = "connection_failed";
            self.waiting.push_back(serial);
            if self.waiting.len() > self.kept {
                self.waiting.pop_front();
            }
        }
    }

    fn send_waiting(&mut self, now: u64) {
        for serial in std::mem::take(&mut self.waiting) {
            if self.envelopes.get(&serial).is_some_and(|e| e.standing == Standing::Waiting) {
                self.attempt(serial, now);
            }
        }
    }

    fn failed(&mut self, serial: u64, reason: &'static str, now: u64) {
        let Some(envelope) = self.envelopes.get_mut(&serial) else { return };
        self.deadlines.remove(&(envelope.deadline, serial));
        let again = usize::try_from(envelope.attempts).unwrap_or(usize::MAX).saturating_sub(1);
        let delay = self.delays.redeliver_after.get(again).copied();
        match delay {
            Some(delay) if envelope.kind == "events_api" => {
                envelope.retry = envelope.attempts;
                envelope.reason = reason;
                if delay == 0 {
                    self.attempt(serial, now);
                } else {
                    envelope.standing = Standing::Scheduled;
                    envelope.deadline = now + delay;
                    self.deadlines.insert((envelope.deadline, serial));
                }
            }
            _ => envelope.standing = Standing::GivenUp,
        }
    }

    /// When something is due next, in Unix microseconds.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|(when, _)| *when)
    }

    /// Does what is due. True when something was.
    pub(crate) fn fire(&mut self, now: u64) -> bool {
        let due: Vec<u64> = self.deadlines.range(..=(now, u64::MAX)).map(|(_, serial)| *serial).collect();
        for serial in &due {
            match self.envelopes.get(serial).map(|e| e.standing) {
                Some(Standing::Sent) => self.failed(*serial, "timeout", now),
                Some(Standing::Scheduled) => self.attempt(*serial, now),
                _ => {}
            }
        }
        !due.is_empty()
    }

    /// The app's acknowledgement. False when it names no envelope of ours.
    pub(crate) fn acknowledge(&mut self, id: &str, answer: Option<Value>, at: Ts) -> bool {
        let Some(serial) = serial_of(id) else { return false };
        let Some(envelope) = self.envelopes.get_mut(&serial) else { return false };
        self.deadlines.remove(&(envelope.deadline, serial));
        envelope.standing = Standing::Acknowledged;
        envelope.acknowledged.get_or_insert(at);
        if answer.is_some() {
            envelope.answer = answer;
        }
        true
    }

    pub(crate) fn views(&self, only_unacknowledged: bool) -> Vec<EnvelopeView> {
        self.envelopes
            .iter()
            .filter(|(_, e)| !only_unacknowledged || (e.acknowledged.is_none() && e.kind == "events_api"))
            .map(|(serial, e)| EnvelopeView {
                envelope_id: envelope_id(*serial),
                kind: e.kind,
                subject: e.subject.clone(),
                payload: serde_json::from_str(&e.payload).unwrap_or_default(),
                attempts: e.attempts,
                standing: e.standing,
                created: e.created,
                acknowledged: e.acknowledged,
                answer: e.answer.clone(),
            })
            .collect()
    }

    pub(crate) fn standing(&self, id: &str) -> Option<Standing> {
        self.envelopes.get(&serial_of(id)?).map(|e| e.standing)
    }
}

impl Envelope {
    fn frame(&self, serial: u64, retry: u32) -> String {
        let id = envelope_id(serial);
        let (kind, payload) = (self.kind, &self.payload);
        let answers = kind == "interactive";
        let retries = if answers {
            String::new()
        } else {
            format!(r#","retry_attempt":{retry},"retry_reason":"{}""#, if retry > 0 { self.retry_reason() } else { "" })
        };
        format!(
            r#"{{"envelope_id":"{id}","type":"{kind}","accepts_response_payload":{answers}{retries},"payload":{payload}}}"#
        )
    }

    fn retry_reason(&self) -> &'static str {
        if self.reason.is_empty() { "timeout" } else { self.reason }
    }
}

/// Envelope ids look like UUIDs, and their last group is the serial number.
fn envelope_id(serial: u64) -> String {
    format!("00000000-0000-4000-8000-{serial:012x}")
}

fn serial_of(id: &str) -> Option<u64> {
    let (_, last) = id.rsplit_once('-')?;
    u64::from_str_radix(last, 16).ok()
}
