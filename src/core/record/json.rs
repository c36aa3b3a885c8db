//! A record as JSON, for programs.

use super::Record;

/// Writes it with line breaks, as a person may read it too.
pub(super) fn write(record: &Record) -> String {
    // Nothing in a record can fail to be written: no map with keys that are not text, no reader that can break.
    let mut json = serde_json::to_string_pretty(record).unwrap_or_default();
    json.push('\n');
    json
}
