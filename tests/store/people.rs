//! What is kept about people.

use breakingbot::core::person::{Person, Standing};
use testing::Database;

use crate::fixtures::*;

crate::cases! { a_person_is_kept_as_last_described }

async fn a_person_is_kept_as_last_described(database: Database) {
    let store = open(&database).await;
    let id = "U1".into();
    assert_eq!(store.person(&id).await.unwrap(), None);
    let mut person = Person::unheard_of(id);
    store.keep_person(&person, at(1)).await.unwrap();
    assert_eq!(store.person(&person.id).await.unwrap(), Some((person.clone(), at(1))));
    person.name = "Zoë \"Z\" O'Hara".to_owned();
    person.email = Some("zoe@example.com".to_owned());
    person.timezone = "Europe/Vienna".to_owned();
    person.standing = Standing::OtherOrganisation;
    store.keep_person(&person, at(2)).await.unwrap();
    assert_eq!(store.person(&person.id).await.unwrap(), Some((person, at(2))));
}
