//! Reports on a WordPress site that is as strict as the real one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]
#![allow(missing_docs, reason = "tests explain themselves")]
mod checking;
mod drafting;
mod manual;
mod refusals;
mod site;

use breakingbot::boundary::http::{Address, Limits, Secret};
use breakingbot::boundary::report_platform::wordpress::{WordPress, WordPressSettings};
use breakingbot::boundary::report_platform::{Outcome, Paper, ReportPlatform, SendError};
use breakingbot::core::ids::IncidentId;
use breakingbot::core::report::Draft;

use site::{PASSWORD, SOON, Site};

pub const SLUG: &str = "incident-7-20240228t170000z";

pub fn settings(site: &Site) -> WordPressSettings {
    WordPressSettings {
        site: Address::parse(&site.url()).unwrap(),
        user: "bot".into(),
        password: Secret::new(PASSWORD),
        status: "draft".into(),
        categories: vec!["incidents".into()],
        tags: vec!["incident".into(), "Checkout & Pay".into()],
    }
}

pub fn wordpress(settings: WordPressSettings) -> WordPress {
    WordPress::new(settings).limited(Limits { timeout: SOON, ..Limits::default() })
}

pub fn paper(text: &str) -> Paper {
    Paper {
        incident: IncidentId(7),
        slug: SLUG.into(),
        title: "Incident 7: <b>Checkout</b> [gallery] & more".into(),
        html: format!("<h2>Summary</h2>\n<blockquote><p>{text}</p></blockquote>\n"),
        markdown: String::new(),
        json: String::new(),
    }
}

pub async fn draft(platform: &WordPress, text: &str, known: Option<&Draft>) -> Result<Outcome, SendError> {
    ReportPlatform::draft(platform, &paper(text), known).await
}
