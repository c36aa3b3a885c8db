//! What people read: every wording that is not a single command's own answer.

pub mod announcements;
pub mod blockers;
pub mod board;
pub mod delivery;
pub mod intro;
pub mod listing;
pub mod log;
pub mod milestones;
pub mod moments;
pub mod nags;
pub mod people;
pub mod report;
pub mod review;
pub mod status;
pub mod topic;
pub mod tracking;
#[cfg(test)]
mod transcript;
