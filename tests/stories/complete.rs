//! Every command takes part in a story.

use breakingbot::core::commands::ALL;

#[test]
fn no_command_is_left_out() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let stories = files.map(|file| std::fs::read_to_string(file).unwrap().to_lowercase()).collect::<Vec<_>>().concat();
    let is_typed = |word: &str| {
        let line = format!("\".{word}");
        stories.match_indices(&line).any(|(at, _)| {
            let behind = stories[at + line.len()..].chars().next();
            behind.is_some_and(|behind| matches!(behind, '"' | ' '))
        })
    };
    let missing: Vec<&str> = ALL.iter().filter(|spec| !spec.words().any(is_typed)).map(|spec| spec.word).collect();
    assert_eq!(missing, [""; 0]);
}
