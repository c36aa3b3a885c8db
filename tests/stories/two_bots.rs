//! Two bots on one PostgreSQL. SQLite serves one.

use crate::story::Stage;

stories!(share_the_work, one_dies);

async fn share_the_work(stage: Stage) {
    if !stage.is_shared() {
        return;
    }
    let slack = stage.begin().await;
    slack.bot_starts().await;
    let lines: Vec<_> = (1..=6).map(|n| slack.alice.says(&format!(".start Incident {n}"))).collect();
    for line in lines {
        let room = line.opens_channel().await;
        let said: Vec<_> =
            [".point", ".comms @bob", ".summary Cards fail", ".note one", ".note two", ".history", ".stop"]
                .map(|line| slack.alice.says_in(&room, line))
                .into();
        for said in said {
            said.is_answered().await;
        }
        room.topic().shows(":white_check_mark:").await;
    }
    slack.settles().await;
    assert_eq!(slack.main().posts().len(), 12, "{:#?}", slack.main().posts());
    slack.end().await;
}

async fn one_dies(stage: Stage) {
    if !stage.is_shared() {
        return;
    }
    let slack = stage.begin().await;
    slack.bot_starts().await;
    let lines: Vec<_> = (1..=4).map(|n| slack.alice.says(&format!(".start Incident {n}"))).collect();
    slack.bot_dies().await;
    for line in lines {
        let room = line.opens_channel().await;
        slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    }
    slack.settles().await;
    assert_eq!(slack.main().posts().len(), 4, "{:#?}", slack.main().posts());
    slack.end().await;
}
