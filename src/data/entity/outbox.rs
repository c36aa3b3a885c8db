//! What goes out.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub incident: Option<i64>,
    /// The inbox row that it answers.
    pub cause: Option<i64>,
    pub lane: String,
    pub class: i32,
    pub kind: String,
    pub effect: String,
    pub decided_at: i64,
    pub state: String,
    pub attempts: i32,
    pub next_attempt_at: i64,
    pub last_error: Option<String>,
    pub settled_at: Option<i64>,
    pub receipt: Option<String>,
    /// When the attempt that settled it began.
    pub sent_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Not yet sent.
pub const WAITING: &str = "waiting";
/// Done.
pub const SENT: &str = "sent";
/// Refused for good.
pub const REFUSED: &str = "refused";
/// A later one made it needless.
pub const REPLACED: &str = "replaced";
