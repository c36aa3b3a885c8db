//! The tables, as sea-orm entities. They serialise as the rows of the statements in [`sql`](super::sql), which is also
//! where the counter is known; [`leases`](super::leases) alone know theirs.

pub(super) mod channel_mark;
pub(super) mod event;
pub(super) mod inbox;
pub(super) mod incident;
pub(super) mod outbox;
pub(super) mod person;
