//! How far each incident's tracking issue is brought up to date.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tracking")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident: i64,
    pub changed_seq: i64,
    pub ordered_seq: i64,
    pub order_again_at: Option<i64>,
    pub attempted_seq: i64,
    pub attempted_at: Option<i64>,
    pub synced_seq: i64,
    pub synced_at: Option<i64>,
    pub issue: Option<String>,
    pub phase: Option<String>,
    pub status: Option<String>,
    pub by_hand: bool,
    pub trouble: Option<String>,
    pub trouble_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
