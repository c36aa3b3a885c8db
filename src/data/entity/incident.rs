//! The projection of the events.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub version: i64,
    pub state: String,
    pub live: bool,
    pub desk: String,
    pub title: String,
    pub level: i32,
    pub declared: i64,
    pub starter: String,
    pub declaration: Option<String>,
    pub channel: Option<String>,
    pub channel_name: String,
    pub channel_archived: bool,
    pub point: Option<String>,
    pub comms: Option<String>,
    pub triage: Option<String>,
    pub eng: Option<String>,
    pub assigned: Option<String>,
    pub comms_since: Option<i64>,
    pub started: Option<i64>,
    pub genesis: Option<i64>,
    pub detected: Option<i64>,
    pub acknowledged: Option<i64>,
    pub mitigated: Option<i64>,
    pub resolved: Option<i64>,
    pub ready_for_review: Option<i64>,
    pub completed: Option<i64>,
    pub canceled: Option<i64>,
    pub archived: Option<i64>,
    pub review_step: Option<String>,
    pub summary: Option<String>,
    pub last_update: Option<i64>,
    pub blockers: String,
    pub components: String,
    pub affected: String,
    pub issue: Option<String>,
    pub nags: String,
    pub next_due: Option<i64>,
    pub archival: String,
    pub archive_due: Option<i64>,
    pub changed_at: i64,
    pub report: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
