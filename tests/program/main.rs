//! The real program, as a process.

mod config;
mod migrate;
mod process;
mod readme;
mod when;
