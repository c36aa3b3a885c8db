//! `breakingbot migrate`, on both databases.

use super::process::Place;

#[test]
fn tables_go_up_and_down() {
    for database in testing::databases() {
        let place = Place::new().with("DATABASE_URL", database.url());
        let up = place.run(&["migrate"]);
        assert_eq!((up.code, up.stderr.as_str()), (Some(0), ""), "{up:?}");
        assert!(up.stdout.contains("Applied ") && up.stdout.contains(" is up to date."), "{up:?}");
        let again = place.run(&["migrate"]);
        assert!(again.code == Some(0) && !again.stdout.contains("Applied "), "{again:?}");
        let check = place.run(&["check"]);
        assert!(check.stdout.contains("tables up to date"), "{check:?}");

        let down = place.run(&["migrate", "--down", "1"]);
        assert!(down.code == Some(0) && down.stdout.starts_with("Took back m"), "{down:?}");
        let check = place.run(&["check"]);
        assert!(check.stdout.contains("to apply, which the bot does when it starts"), "{check:?}");
        let all = place.run(&["migrate", "--down", "99"]);
        assert_eq!(all.code, Some(0), "{all:?}");
        let none = place.run(&["migrate", "--down", "1"]);
        assert!(none.code == Some(0) && none.stdout.ends_with("has no migration to take back.\n"), "{none:?}");
        let up = place.run(&["migrate"]);
        assert!(up.code == Some(0) && up.stdout.contains("Applied "), "{up:?}");
    }
}

#[test]
fn a_database_that_is_away_is_told_without_its_password() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = Place::new().with("DATABASE_URL", format!("postgres://bot:hunter2@{closed}/breaking"));
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains(&format!("wrong  database: PostgreSQL database breaking at {closed}")), "{ended:?}");
    assert!(ended.stdout.contains("Check DATABASE_URL"), "{ended:?}");
    let migrate = place.run(&["migrate"]);
    assert_eq!(migrate.code, Some(1));
    assert!(!format!("{ended:?}{migrate:?}").contains("hunter2"));
}
