//! Slack's text: what people type, what is stored, what people see.

pub(crate) mod emoji;
pub(crate) mod html;
pub(crate) mod plain;
pub(crate) mod token;
pub(crate) mod typed;
