//! `[templates]`: files that take the place of built-in templates. They are tried at once, with an incident that has
//! something of everything and with one of which nothing is known, so that no mistake waits for the first report.

use std::path::Path;

use super::reader::Section;
use crate::core::templates::{Template, Templates};

/// The largest template, in bytes. The built-in ones have about four thousand.
const LARGEST: u64 = 1 << 20;

pub(super) fn read(root: &Section<'_>, folder: &Path) -> Templates {
    root.section("templates", |section| {
        let mut own = Vec::new();
        let mut files = Vec::new();
        for template in Template::ALL {
            let found = section.parse(template.key(), |name| {
                let remedy = "Write the path of a file, from the folder where the bot starts.";
                let path = folder.join(name.trim());
                let cannot = |why: String| (format!("names {name}, which cannot be read ({why})"), remedy.to_owned());
                let size = std::fs::metadata(&path).map_err(|error| cannot(error.to_string()))?.len();
                if size > LARGEST {
                    return Err(cannot(format!("it has {size} bytes, and at most {LARGEST} are read")));
                }
                let source = std::fs::read_to_string(&path).map_err(|error| cannot(error.to_string()))?;
                Ok((name.trim().to_owned(), source))
            });
            if let Some((name, source)) = found {
                own.push((template, source));
                files.push((template, name));
            }
        }
        Templates::with(own).unwrap_or_else(|mistakes| {
            for mistake in mistakes {
                let file =
                    files.iter().find(|(template, _)| *template == mistake.template).map(|(_, file)| file.as_str());
                let key = mistake.expression.unwrap_or_default();
                section.complain_of(file.unwrap_or_default(), mistake.line, &key, mistake.what, mistake.remedy);
            }
            Templates::built_in()
        })
    })
}
