//! Drafts reports: reads the incident as it is now, writes its report with the templates, and gives it to the report
//! platform.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Shared;
use super::outlets::{Order, Outlet};
use crate::boundary::comm_platform::{Pending, Receipt, SendError};
use crate::boundary::report_platform::{Paper, ReportPlatform};
use crate::core::effect::Effect;
use crate::core::ids::{IncidentId, UserId};
use crate::core::inbound::Outcome;
use crate::core::person::Person;
use crate::core::report::{Draft, report, slug};
use crate::core::templates::{Format, Templates, Written};
use crate::core::turn::involved;

/// What reports are written with, and where they go.
pub struct Reporter {
    platform: Arc<dyn ReportPlatform>,
    templates: Arc<Templates>,
}

impl Reporter {
    /// A reporter for that platform.
    pub fn new(platform: Arc<dyn ReportPlatform>, templates: Arc<Templates>) -> Self {
        Self { platform, templates }
    }

    async fn draft(&self, shared: &Shared, id: IncidentId, known: Option<&Draft>) -> Result<Receipt, SendError> {
        let paper = self.paper(shared, id).await?;
        let drafted = self.platform.draft(&paper, known).await?;
        tracing::info!(incident = %id, platform = self.platform.name(), done = ?drafted.done, "the report is drafted");
        let outcome = Outcome::ReportDrafted { draft: drafted.draft, done: drafted.done };
        Ok(Receipt { outcome: Some(outcome), ..Receipt::default() })
    }

    /// The report of the incident as it is on record now.
    async fn paper(&self, shared: &Shared, id: IncidentId) -> Result<Paper, SendError> {
        let incident = match shared.store.load(id).await {
            Ok(Some(incident)) => incident,
            Ok(None) => {
                let sentence = format!("incident {id} is not on record any more.");
                return Err(SendError::Refused { code: "no_incident".to_owned(), sentence, operator: true });
            }
            Err(error) => {
                return Err(SendError::Transient { method: "the database", why: error.to_string(), begun: false });
            }
        };
        let people: Vec<UserId> = involved(&incident);
        let names: BTreeMap<UserId, Person> = shared.people.named(&people).await;
        let permalinks = shared.platform.permalinks().await;
        let permalink = |source: &crate::core::ids::Source| permalinks.as_ref().map(|permalink| permalink(source));
        let report = report(&incident, &names, shared.desk(&incident.desk), &permalink, shared.clock.now());
        let json = serde_json::to_string_pretty(&report).unwrap_or_default();
        Ok(Paper {
            incident: id,
            slug: slug(id, incident.declared),
            title: format!("Incident {id}: {}", report.record.title),
            html: told(id, self.templates.report(&report, Format::Html)),
            markdown: told(id, self.templates.report(&report, Format::Markdown)),
            json: json + "\n",
        })
    }
}

/// The text; when the operator's own template could not make it, the operator hears so.
fn told(incident: IncidentId, written: Written) -> String {
    if let Some(mistake) = written.instead {
        tracing::error!(%incident, %mistake, "a template failed; the built-in one was used instead");
    }
    written.text
}

impl Outlet for Reporter {
    fn perform<'a>(&'a self, shared: &'a Shared, order: Order<'a>) -> Pending<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            match (order.effect, order.incident) {
                (Effect::DraftReport { known }, Some(id)) => self.draft(shared, id, known.as_ref()).await,
                // Nothing else is ever sent here.
                _ => Ok(Receipt::default()),
            }
        })
    }
}
