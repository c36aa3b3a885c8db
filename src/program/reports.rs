//! The report platform of the configuration.

use std::sync::Arc;

use crate::actors::outlets::Outlet;
use crate::actors::reporter::Reporter;
use crate::boundary::report_platform::ReportPlatform;
use crate::boundary::report_platform::file::Files;
use crate::boundary::report_platform::wordpress::WordPress;
use crate::config::{Report, Settings};

/// The platform, when one is configured.
pub(super) fn platform(settings: &Settings) -> Option<Arc<dyn ReportPlatform>> {
    Some(match settings.report.clone()? {
        Report::WordPress(site) => Arc::new(WordPress::new(site)),
        Report::File(folder) => Arc::new(Files::new(folder)),
    })
}

/// What drafts reports there.
pub(super) fn reporter(settings: &Settings) -> Option<Arc<dyn Outlet>> {
    let reporter = Reporter::new(platform(settings)?, Arc::new(settings.templates.clone()));
    Some(Arc::new(reporter))
}
