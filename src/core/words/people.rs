//! People in running text, so that nobody is notified by being listed.

use std::collections::BTreeMap;

use crate::core::event::Author;
use crate::core::ids::UserId;
use crate::core::person::Person;

/// What people are called, by their id.
pub type Names = BTreeMap<UserId, Person>;

/// What somebody is called: their name when it is known, the bare id otherwise.
pub fn name(names: &Names, user: &UserId) -> String {
    names.get(user).map_or_else(|| user.to_string(), |person| person.name.clone())
}

/// Who made something happen.
pub fn author(names: &Names, author: &Author) -> String {
    match author {
        Author::Person(user) => name(names, user),
        Author::Bot => "Breaking Bot".to_owned(),
    }
}
