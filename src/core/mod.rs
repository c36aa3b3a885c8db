//! The product itself, pure: no clock, no randomness, no async, no I/O, nothing of the chat platform or the database.
//!
//! Three functions tell all of it: [`decide`](commands::decide) (what happens), [`evolve`](event::evolve) (the only
//! change) and [`effects`](effects::effects) (what is said and done outside).

pub mod archival;
pub mod board;
pub mod capture;
pub mod commands;
pub mod delivery;
pub mod desk;
pub mod document;
pub mod effect;
pub mod effects;
pub mod event;
pub mod forget;
pub mod history;
pub mod ids;
pub mod inbound;
pub mod incident;
pub mod message;
pub mod moments;
pub mod nags;
pub mod person;
pub mod prose;
pub mod quiet;
pub mod record;
#[cfg(test)]
pub(crate) mod rehearsal;
pub mod report;
pub mod review;
pub mod state;
pub mod templates;
pub mod tracking;
pub mod turn;
pub mod when;
pub mod words;
