//! What the trials share: a workspace, a database, and the real process between them.

pub mod bench;
