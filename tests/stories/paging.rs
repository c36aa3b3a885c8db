//! Nobody pages the company by way of the bot: whatever reaches something that the bot sends, a broadcast or a group in it
//! leaves as words.

use jiff::SignedDuration;
use playground::{Call, Person};
use serde_json::Value;

use crate::story::{Stage, Story};

stories!(by_no_route);

/// Every way in which a broadcast can be written: live, as Slack sends what somebody picked from its list, and as the words
/// that would become one if they were decoded once too often.
const LOUD: &str = "<!channel> <!here|here> <!everyone> <!subteam^S0ONCALL|@oncall> <!subteam^S0ONCALL> &lt;!channel&gt; &amp;lt;!here&amp;gt; <https://a.example/<!everyone>|&lt;!channel&gt;>";

/// By what a person writes, in the incident's channel, in the order of an incident. `LOUD` stands for itself.
const LINES: [&str; 34] = [
    ".title LOUD",
    ".summary LOUD",
    ".note LOUD",
    ".notify LOUD",
    ".p1 LOUD",
    ".components LOUD",
    ".componentrm LOUD",
    ".affected LOUD",
    ".affectedrm LOUD",
    ".factor LOUD",
    ".factor <https://a.example|&lt;!channel&gt;>",
    ".pr <https://a.example/&lt;!here&gt;|&lt;!channel&gt;>",
    ".pr LOUD",
    ".ai LOUD => LOUD",
    ".blocked LOUD => LOUD",
    ".blocked <#C0GENERAL|&lt;!channel&gt;>",
    ".blockers",
    ".status",
    ".unblocked LOUD",
    ".unblockall",
    ".mitigated LOUD",
    ".assign LOUD",
    ".point LOUD",
    ".snooze LOUD",
    ".sumary LOUD",
    ".stop LOUD",
    ".stop",
    ".next LOUD",
    ".rfr",
    ".notes",
    ".ais",
    ".history",
    ".delivery",
    ".export html",
];

async fn by_no_route(stage: Stage) {
    let slack = stage.desk(|desk| desk.oncall_group = Some("S0ONCALL".into())).begin().await;
    // A person can be called anything.
    let name = "<!channel> <!subteam^S0ONCALL>".to_owned();
    let eve = Person { display_name: name.clone(), real_name: name, ..Person::new("U0EVE", "eve") };
    slack.workspace.add_person(eve);
    slack.workspace.join("U0EVE", "C0MAIN").unwrap();
    let eve = crate::people::Person { id: "U0EVE", name: "eve", house: slack.alice.house.clone() };

    slack.workspace.clear_calls();
    let room = eve.sends_raw(&slack.main(), &format!(".low {LOUD}")).opens_channel().await;
    is_quiet(&slack, "the declaration").await;
    for line in LINES {
        let said = eve.sends_raw(&room, &line.replace("LOUD", LOUD));
        slack.settles().await;
        assert_ne!(said.answer(), crate::people::Answer::default(), "{line} is answered");
        is_quiet(&slack, line).await;
    }
    let thread = eve.sends_raw(&room, LOUD);
    let _ = eve.says_under(&thread, ".status");
    is_quiet(&slack, "a thread").await;
    slack.bob.joins(&room);
    is_quiet(&slack, "the welcome").await;
    for line in [".status", ".breakings", ".breakings LOUD", ".point LOUD", ".strat LOUD", ".start LOUD"] {
        let _ = eve.sends_raw(&slack.main(), &line.replace("LOUD", LOUD));
        is_quiet(&slack, line).await;
    }
    // Read back late, and told so.
    slack.bot_stops().await;
    let late = eve.sends_raw(&room, &format!(".note {LOUD}"));
    slack.later(SignedDuration::from_mins(11));
    slack.bot_comes_back().await;
    late.told().await;
    is_quiet(&slack, "a late command").await;
    eve.archives(&room);
    is_quiet(&slack, "an archived channel").await;
    eve.unarchives(&room);
    slack.end().await;
}

/// Of what the bot sent since the last look, only its own announcements of a high priority are loud, each once.
async fn is_quiet(slack: &Story, route: &str) {
    slack.settles().await;
    for call in slack.workspace.calls() {
        let meant = usize::from(is_loud_announcement(&call));
        for (argument, value) in &call.arguments {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let paging = ["<!channel", "<!here", "<!everyone", "<!subteam"].map(|mark| text.matches(mark).count());
            let allowed = if argument == "text" || argument == "blocks" { meant } else { 0 };
            assert!(paging.iter().sum::<usize>() <= allowed, "by {route}, in {argument} of {}: {text}", call.method);
        }
    }
    slack.workspace.clear_calls();
}

/// It begins with the bot's own mention of the channel, where stakeholders read.
fn is_loud_announcement(call: &Call) -> bool {
    let text = call.arguments.get("text").and_then(Value::as_str).unwrap_or_default();
    call.method == "chat.postMessage" && call.arguments["channel"] == "C0NOTIFY" && text.starts_with("<!channel> ")
}
