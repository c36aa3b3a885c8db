//! What Slack allows, each with the method or page of its documentation that says so. Lengths are in characters of the
//! encoded text, so that `&amp;` counts five: at worst a little less is used than would be possible.

use std::time::Duration;

/// The `text` of a message (chat.postMessage: longer ones are cut by Slack).
pub const TEXT: usize = 40_000;
/// The text of a section or of an element of a context block (Block Kit reference, text object).
pub const BLOCK_TEXT: usize = 3_000;
/// The text of a header block (Block Kit reference, header).
pub const HEADER_TEXT: usize = 150;
/// The blocks of a message (Block Kit reference, blocks).
pub const BLOCKS: usize = 50;
/// The elements of an actions block (Block Kit reference, actions).
pub const ACTIONS: usize = 25;
/// The label of a button (Block Kit reference, button).
pub const BUTTON_LABEL: usize = 75;
/// The value of a button (Block Kit reference, button).
pub const BUTTON_VALUE: usize = 2_000;
/// A channel's topic (conversations.setTopic: `too_long`).
pub const TOPIC: usize = 250;
/// A channel's name (conversations.create: `invalid_name_maxlength`).
pub const CHANNEL_NAME: usize = 80;
/// The people of one invitation (conversations.invite: at most 100 users).
pub const INVITEES: usize = 100;
/// The messages of a page of history (conversations.history and conversations.replies: 999 at most, 200 recommended).
pub const HISTORY_PAGE: usize = 200;
/// The channels of a page (conversations.list: under 1,000, 200 recommended; large pages need fewer of its few calls).
pub const CHANNEL_PAGE: usize = 900;
/// What is waited after a 429 whose Retry-After cannot be read (Rate limits: "usually" 30 s at most, 1 s at least).
pub const RETRY_AFTER_UNREAD: Duration = Duration::from_secs(1);

/// Our own bound on an address inside `<…|…>`: a longer one is written as plain text, so that no reference is ever too
/// long for a block.
pub const LINK_URL: usize = 1_500;
/// Our own bound on the label of a reference, for the same reason.
pub const LINK_LABEL: usize = 200;
