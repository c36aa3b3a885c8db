//! A message of an incident's channel.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "history_message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message: String,
    pub desk: String,
    pub at: i64,
    pub kind: String,
    pub author: Option<String>,
    pub by_bot: bool,
    pub thread: Option<String>,
    pub files: String,
    pub deleted_at: Option<i64>,
    /// Whether its words were not to be kept once it was deleted.
    pub withheld: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
