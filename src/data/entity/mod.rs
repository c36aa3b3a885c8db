//! The tables, as sea-orm entities. [`sql`](super::sql) also knows the counter, [`leases`](super::leases) theirs.

pub(super) mod channel_mark;
pub(super) mod event;
pub(super) mod history_mark;
pub(super) mod history_message;
pub(super) mod history_reaction;
pub(super) mod history_text;
pub(super) mod inbox;
pub(super) mod incident;
pub(super) mod outbox;
pub(super) mod person;
pub(super) mod tracking;
