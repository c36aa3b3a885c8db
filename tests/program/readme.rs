//! What the README shows is what the code says. `UPDATE_README=1` writes it.

use std::path::PathBuf;

use super::process::Place;

fn readme() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// Holds the part between two markers against what it is made from.
fn is_current(part: &str, made: &str) {
    let text = std::fs::read_to_string(readme()).unwrap();
    let (begin, end) = (format!("<!-- {part} -->\n"), format!("<!-- /{part} -->"));
    let (before, rest) = text.split_once(&begin).unwrap();
    let (shown, after) = rest.split_once(&end).unwrap();
    if shown == made {
        return;
    }
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(readme(), format!("{before}{begin}{made}{end}{after}")).unwrap();
        return;
    }
    panic!(
        "The README's {part} are not current. UPDATE_README=1 cargo test --test program readme writes them:\n{made}"
    );
}

#[test]
fn the_picture_of_the_states_is_what_fsm_prints() {
    let ended = Place::new().run(&["fsm"]);
    assert_eq!(ended.code, Some(0));
    is_current("states", &format!("```mermaid\n{}```\n", ended.stdout));
}

#[test]
fn the_table_of_the_commands_is_made_from_the_commands() {
    is_current("commands", &breakingbot::core::commands::table::table());
}
