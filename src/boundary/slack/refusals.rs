//! What each of Slack's errors means: that it is so already, that it may work later, or a refusal with the way out.
//!
//! The codes are those of the methods' pages in Slack's documentation.

use crate::boundary::comm_platform::{LookupError, Pace, SendError};
use crate::core::ids::ChannelId;

use super::client::{CallError, Failure};

/// Refusals that say that what was asked for is so already.
const SO_ALREADY: &[&str] =
    &["already_archived", "already_in_channel", "already_pinned", "already_reacted", "cant_invite_self", "no_reaction"];

/// Whether the error says that it is so already.
pub fn is_so_already(error: &CallError) -> bool {
    SO_ALREADY.contains(&error.code())
}

/// Refusals of conversations.invite that concern one of the people invited, not the invitation.
pub fn concerns_one_invitee(error: &CallError) -> bool {
    matches!(
        error.code(),
        "already_in_channel"
            | "cant_invite"
            | "cant_invite_self"
            | "external_team_in_public_channel"
            | "failed_for_some_users"
            | "invalid_users"
            | "no_user"
            | "not_supported_user_type"
            | "ura_max_channels"
            | "user_disabled"
            | "user_is_restricted"
            | "user_is_ultra_restricted"
            | "user_not_found"
            | "user_team_not_in_channel"
            | "users_not_found"
    )
}

/// The error of an effect. `begun` tells that a part of it was done before.
pub fn send_error(
    error: CallError,
    method: &'static str,
    channel: Option<&ChannelId>,
    bot: &str,
    begun: bool,
) -> SendError {
    match error {
        CallError::Throttled(retry_after) => {
            // Posting is limited for each channel, everything else for the workspace (Rate limits, "chat.postMessage").
            let pace = match channel {
                Some(channel) if matches!(method, "chat.postMessage" | "chat.postEphemeral") => {
                    Pace::Channel(channel.clone())
                }
                _ => Pace::Method,
            };
            SendError::Throttled { retry_after, method, pace, begun }
        }
        CallError::Unsent(why) => SendError::Transient { method, why, begun },
        CallError::Lost(why) => SendError::Unknown { method, why },
        CallError::Slack(failure) => match failure.code.as_str() {
            "service_unavailable" | "request_timeout" | "team_added_to_org" => {
                SendError::Transient { method, why: failure.code, begun }
            }
            // "It's possible some aspect of the operation succeeded before the error was raised."
            "internal_error" | "fatal_error" => SendError::Transient { method, why: failure.code, begun: true },
            _ => {
                let (sentence, operator) = sentence(&failure, method, channel, bot);
                SendError::Refused { code: failure.code, sentence, operator }
            }
        },
    }
}

/// The error of a question.
pub fn lookup_error(error: CallError, method: &'static str, channel: Option<&ChannelId>, bot: &str) -> LookupError {
    match send_error(error, method, channel, bot, false) {
        SendError::Throttled { retry_after, method, .. } => LookupError::Throttled { retry_after, method },
        SendError::Unknown { method, why } | SendError::Transient { method, why, .. } => {
            LookupError::Unanswered { method, why }
        }
        SendError::Refused { code, sentence, .. } => LookupError::Refused { code, sentence },
    }
}

/// Why not, as one sentence with the way out, and whether it is for the operator to mend.
fn sentence(failure: &Failure, method: &'static str, channel: Option<&ChannelId>, bot: &str) -> (String, bool) {
    let place = channel.map_or_else(|| "this channel".to_owned(), |channel| format!("channel {channel}"));
    let code = failure.code.as_str();
    let needed = failure.needed.as_deref();
    match code {
        "missing_scope" => {
            let scope = needed.map_or_else(|| "a scope".to_owned(), |needed| format!("the scope `{needed}`"));
            (
                format!(
                    "The Slack app lacks {scope}, without which {method} fails: whoever manages the app adds it under OAuth & Permissions and reinstalls the app to the workspace."
                ),
                true,
            )
        }
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => (
            format!("Slack does not accept the bot's token ({code}): put a valid SLACK_BOT_TOKEN into .env and restart the bot."),
            true,
        ),
        "not_allowed_token_type" => (
            format!("Slack wants another kind of token for {method}: SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-."),
            true,
        ),
        "access_denied" | "ekm_access_denied" | "enterprise_is_restricted" | "no_permission" | "org_login_required"
        | "team_access_not_granted" | "two_factor_setup_required" => (
            format!("The workspace's settings do not let the bot in ({code}): ask a Slack administrator to allow the app."),
            true,
        ),
        "not_in_channel" => {
            (format!("The bot is not in {place}: type `/invite @{bot}` there."), true)
        }
        "channel_not_found" => (
            format!("The bot cannot see {place}: when it is private, type `/invite @{bot}` there; otherwise check its id."),
            true,
        ),
        "method_not_supported_for_channel_type" => {
            (format!("The bot cannot do this in {place}: when it is private, type `/invite @{bot}` there."), true)
        }
        "is_archived" => (format!("Slack has archived {place}: unarchive it there, then type the command again."), false),
        "restricted_action"
        | "restricted_action_non_threadable_channel"
        | "restricted_action_read_only_channel"
        | "restricted_action_thread_locked"
        | "restricted_action_thread_only_channel" => match method {
            "conversations.create" => (
                "The workspace's settings do not let the bot make channels: ask a Slack administrator to allow it."
                    .to_owned(),
                true,
            ),
            _ => (
                format!("The settings of {place} do not let the bot do this: ask a Slack administrator to allow it."),
                true,
            ),
        },
        "name_taken" => (
            "Every channel name that the bot tried is taken: choose another `channel_name` for the desk, then `.start` again."
                .to_owned(),
            true,
        ),
        "message_not_found" | "no_item_specified" | "thread_not_found" | "cannot_reply_to_message" | "bad_timestamp"
        | "invalid_thread_ts" => {
            ("The message that this answers is gone: type the command again.".to_owned(), false)
        }
        "cant_update_message" | "cant_delete_message" | "edit_window_closed" => {
            ("The workspace's settings keep the bot from changing what it said.".to_owned(), false)
        }
        "too_many_emoji" | "too_many_reactions" => {
            ("Slack takes no more reactions on this message.".to_owned(), false)
        }
        "user_not_in_channel" => ("Whoever this is for has left the channel.".to_owned(), false),
        "too_many_pins" | "bookmarks_limit_reached" | "too_many_bookmarks" => {
            (format!("Slack takes no more of these in {place}: remove some first."), false)
        }
        "cant_archive_general" | "cant_archive_required" => {
            (format!("Slack does not let anybody archive {place}."), false)
        }
        "file_upload_size_restricted" | "storage_limit_reached" | "file_uploads_disabled" | "posting_to_channel_denied" => (
            format!("The workspace's settings do not take the file ({code}): ask a Slack administrator to allow it."),
            true,
        ),
        _ => (
            format!("Slack refused {method} ({code}), which the bot does not expect: please report it with the log."),
            true,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, method: &'static str) -> SendError {
        let needed = (code == "missing_scope").then(|| "channels:manage".to_owned());
        let failure = Failure { code: code.to_owned(), needed };
        send_error(CallError::Slack(failure), method, Some(&"C1".into()), "breaking", false)
    }

    #[test]
    fn what_an_operator_can_mend_names_the_step() {
        for (code, step) in [
            ("missing_scope", "`channels:manage`"),
            ("not_in_channel", "`/invite @breaking`"),
            ("channel_not_found", "`/invite @breaking`"),
            ("invalid_auth", "SLACK_BOT_TOKEN"),
            ("restricted_action", "administrator"),
        ] {
            let SendError::Refused { sentence, operator, .. } = refused(code, "conversations.create") else {
                panic!("{code} is permanent");
            };
            assert!(operator && sentence.contains(step), "{code}: {sentence}");
        }
    }

    #[test]
    fn faults_of_slack_pass_and_leave_doubt_where_slack_says_so() {
        for (code, doubt) in [
            ("internal_error", true),
            ("fatal_error", true),
            ("service_unavailable", false),
            ("request_timeout", false),
        ] {
            let error = refused(code, "chat.postMessage");
            assert!(matches!(error, SendError::Transient { .. }), "{code}");
            assert_eq!(error.leaves_doubt(), doubt, "{code}");
        }
    }
}
