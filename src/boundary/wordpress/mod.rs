//! What WordPress is to the bot, whatever it is used for: its REST API below `/wp-json` with an application password, and
//! its notation of texts.

mod api;
pub mod blocks;

pub use api::{Denied, Post, Site, Term};
