//! What came in.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbox")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub event_key: String,
    pub channel: Option<String>,
    pub message: Option<String>,
    pub lane: String,
    pub sort_key: String,
    pub body: String,
    pub received_at: i64,
    pub panics: i32,
    pub done_at: Option<i64>,
    pub set_aside: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
