//! People in running text, so that nobody is notified by being listed.

use std::collections::BTreeMap;

use crate::core::event::Author;
use crate::core::ids::UserId;
use crate::core::person::Person;
use crate::core::prose::{Piece, Prose};

/// What people are called, by their id.
pub type Names = BTreeMap<UserId, Person>;

/// What somebody is called: their name when it is known, the bare id otherwise.
pub fn name(names: &Names, user: &UserId) -> String {
    names.get(user).map_or_else(|| user.to_string(), |person| person.name.clone())
}

/// What was written, with everybody's name in place of a mention, so that showing it again notifies nobody.
pub fn named(names: &Names, prose: &Prose) -> Prose {
    prose
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Person(user) => Piece::Text(format!("@{}", name(names, user))),
            other => other.clone(),
        })
        .collect()
}

/// Who made something happen.
pub fn author(names: &Names, author: &Author) -> String {
    match author {
        Author::Person(user) => name(names, user),
        Author::Bot => "Breaking Bot".to_owned(),
    }
}
