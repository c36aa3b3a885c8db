//! What happened to incidents; never changed, never deleted.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: i64,
    /// `None` is the bot itself.
    pub author: Option<String>,
    pub kind: String,
    pub payload: String,
    pub source: Option<String>,
    /// What each text in it is committed with; see [`chain`](super::super::chain).
    pub salts: Option<String>,
    /// The hash of it and of the one before; `None` while it is not sealed.
    pub hash: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
