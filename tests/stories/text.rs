//! Text is data, whatever it says.

use insta::assert_snapshot;

use crate::story::Stage;

stories!(nobody_is_paged_by_way_of_the_bot, strange_characters, references_survive, titles_that_are_no_titles);

async fn nobody_is_paged_by_way_of_the_bot(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack
        .alice
        .sends_raw(&slack.main(), ".low <!channel> <!here|here> <!subteam^S0ONCALL|@oncall> &amp; &lt;b&gt;")
        .opens_channel()
        .await;
    slack.alice.sends_raw(&room, ".summary <!everyone> look &lt;!channel&gt; <@U0BOB>").reply().await;
    slack.alice.sends_raw(&room, ".blocked <!channel> => <!subteam^S0ONCALL>").reply().await;
    slack.alice.sends_raw(&room, ".components <!channel>, &lt;!here&gt;").gets_reaction("ok").await;
    slack.alice.sends_raw(&room, ".p2 <!channel>").gets_reaction("ok").await;
    slack.alice.sends_raw(&room, ".notify <!channel> &lt;!channel&gt;").gets_reaction("ok").await;
    slack.alice.sends_raw(&room, ".unblockall").gets_reaction("ok").await;
    slack.alice.sends_raw(&room, ".history").reply().await;
    slack.alice.sends_raw(&room, ".status").reply().await;
    slack.alice.sends_raw(&room, ".sumary <!channel>").whisper().await;
    slack.alice.sends_raw(&room, ".stop").gets_reaction("ok").await;
    slack.settles().await;
    let mut paged = 0;
    for channel in [&slack.main(), &slack.notify(), &room] {
        for message in channel.view().messages.iter().filter(|message| message.user == playground::BOT_USER) {
            let text = format!("{} {}", message.text, serde_json::Value::from(message.blocks.clone()));
            for broadcast in ["<!here", "<!everyone", "<!subteam"] {
                assert!(!text.contains(broadcast), "{text}");
            }
            paged += usize::from(text.contains("<!channel>"));
        }
        assert!(!channel.view().topic.contains("<!"), "{}", channel.view().topic);
    }
    assert_eq!(paged, 1, "only the bot's own announcement is loud");
    assert_snapshot!(room.topic().text(), @":white_check_mark: [P2] [@channel, <!here>] @CHANNEL @HERE @ONCALL & <B> · point nobody, comms nobody");
    assert_snapshot!(slack.notify().transcript().await, @"
    breakingbot: @channel :fire: [P2] More urgent now: *@channel @here @oncall & <b>* · #breaking-1
        Raised to P2 by @alice. To help, join its channel.
        > @channel
    breakingbot: :fire: [P2] Update: *@channel @here @oncall & <b>* · #breaking-1
        > @channel <!channel>
        Sent by @alice
    breakingbot: :white_check_mark: [P2] All clear: *@channel @here @oncall & <b>* · #breaking-1
        Resolved by @alice. It lasted 0 s from when it was declared.
    ");
    slack.end().await;
}

async fn strange_characters(stage: Stage) {
    let slack = stage.begin().await;
    let title = "\u{202e}nwod si \u{200b}tuokcehC\u{202c} 🔥👩‍👩‍👧 ﷽ Z̸̡a\u{0}l\u{7}go";
    let room = slack.alice.says(&format!(".start {title}")).opens_channel().await;
    slack.alice.says_in(&room, &format!(".summary {title}")).reply().await;
    slack.alice.says_in(&room, &format!(".components {title}")).gets_reaction("ok").await;
    slack.alice.says_in(&room, &format!(".note {title}")).gets_reaction("ok").await;
    slack.alice.says_in(&room, ".notes").reply().await;
    slack.alice.says_in(&room, ".export json").reply().await;
    assert_eq!(room.view().name, "breaking-1");
    slack.settles().await;
    assert_snapshot!(room.topic().text().escape_debug().to_string(), @r":fire: [P2] [nwod si \u{200b}tuokcehC 🔥👩\u{200d}👩\u{200d}👧 ﷽ Z̸̡al go] NWOD SI \u{200b}TUOKCEHC 🔥👩\u{200d}👩\u{200d}👧 ﷽ Z̸̡AL GO · point nobody, comms nobody");
    assert_snapshot!(slack.alice.says_in(&room, ".summary").reply().await.escape_debug().to_string(), @r"*Summary of incident 1* (by alice, Feb 28, 2052 17:00)\n> nwod si \u{200b}tuokcehC\u{202c} 🔥👩\u{200d}👩\u{200d}👧 ﷽ Z̸̡al\u{7}go\n`.summary what is known` writes it anew.");
    slack.end().await;
}

async fn references_survive(stage: Stage) {
    let slack = stage.begin().await;
    let room =
        slack.alice.says(".start Mail to ops@shop.example from #general bounces, says @bob").opens_channel().await;
    room.topic().shows("MAIL TO OPS@SHOP.EXAMPLE FROM #general BOUNCES, SAYS @bob").await;
    slack.alice.says_in(&room, ".factor https://wiki.example/a_b?x=1&y=<2>").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".factors").reply().await, @"
    *Contributing factors* (1)
    1. https://wiki.example/a_b?x=1&y=<2> · alice, Feb 28, 2052 17:00
    ");
    slack.alice.sends_raw(&room, ".pr <https://github.example/pull/7|the fix>").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".prs").reply().await, @"
    *Code changes* (1)
    1. https://github.example/pull/7 (https://github.example/pull/7) · alice, Feb 28, 2052 17:00
    ");
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Mail to ops@shop.example from #general bounces, says @bob :ok:
    breakingbot: :fire: [P2] New incident: *Mail to ops@shop.example from #general bounces, says @bob* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    ");
    slack.end().await;
}

async fn titles_that_are_no_titles(stage: Stage) {
    let slack = stage.begin().await;
    slack.alice.says(".start \u{200b}\u{feff}\u{2060}").refusal().await;
    slack.alice.says(".start \u{7}\u{1b}").refusal().await;
    let room = slack.alice.says(".start @bob @carol @dave").opens_channel().await;
    room.topic().shows("@bob @carol @dave").await;
    let mentions = "@bob ".repeat(200);
    let room = slack.alice.says(&format!(".start {mentions}")).opens_channel().await;
    let topic = room.topic().text();
    assert!(
        topic.contains("@bob") && !topic.contains("<@") && topic.ends_with("point nobody, comms nobody"),
        "{topic}"
    );
    assert!(room.view().topic.chars().count() <= 250);
    slack.end().await;
}
