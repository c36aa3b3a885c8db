//! Tries a template before anybody needs it: every name that it reads must be one that the examples have, also where no
//! example leads, and both examples are written with it.

use minijinja::Environment;
use minijinja::value::Value;

use super::{Mistake, Template, mistake, values};
use crate::core::report::example;

/// What templates can call without having it from the incident.
const FUNCTIONS: [&str; 6] = ["range", "dict", "debug", "namespace", "loop", "cycler"];

/// Everything that is wrong with the template of that name in the environment.
pub(super) fn check(environment: &Environment<'_>, template: Template) -> Vec<Mistake> {
    let compiled = match environment.get_template(template.key()) {
        Ok(compiled) => compiled,
        Err(error) => return vec![mistake(template, &error)],
    };
    let examples: Vec<Value> = example::reports()
        .iter()
        .map(|(report, update)| values(report, Some(update).filter(|_| template == Template::Comment)))
        .collect();
    let source = compiled.source();
    let mut unknown: Vec<String> = compiled
        .undeclared_variables(true)
        .into_iter()
        .filter(|path| !examples.iter().any(|example| has(example, path)))
        .collect();
    unknown.sort();
    let mut mistakes: Vec<Mistake> = unknown
        .into_iter()
        .map(|path| Mistake {
            template,
            line: line_of(source, &path),
            what: "is not something that a template knows".to_owned(),
            remedy: remedy_among(&path, &examples),
            expression: Some(path),
        })
        .collect();
    for example in &examples {
        if let Err(error) = compiled.render(example) {
            let found = mistake(template, &error);
            // What reading found already is not told twice.
            let is_told = mistakes.iter().any(|told| told.line == found.line);
            if !is_told {
                mistakes.push(found);
            }
        }
    }
    mistakes.sort();
    mistakes
}

/// Whether the example has what that path leads to. What is `none` in an example has no parts to look at.
fn has(example: &Value, path: &str) -> bool {
    let mut value = example.clone();
    for (depth, name) in path.split('.').enumerate() {
        if depth == 0 && FUNCTIONS.contains(&name) {
            return true;
        }
        match value.get_attr(name) {
            Ok(found) if !found.is_undefined() => value = found,
            _ => return false,
        }
    }
    true
}

/// The first line on which the path stands.
fn line_of(source: &str, path: &str) -> usize {
    let is_whole = |line: &str| {
        line.match_indices(path).any(|(at, _)| {
            let letter = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let before = line.get(..at).and_then(|before| before.chars().next_back());
            let behind = line.get(at + path.len()..).and_then(|behind| behind.chars().next());
            !before.is_some_and(letter) && !behind.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    };
    source.lines().position(is_whole).map_or(0, |line| line + 1)
}

/// What to write instead.
pub(super) fn remedy(expression: Option<&str>) -> String {
    match expression {
        Some("") | None => "docs/TEMPLATES.md shows how templates are written.".to_owned(),
        Some(_) => "docs/TEMPLATES.md lists what there is.".to_owned(),
    }
}

fn remedy_among(path: &str, examples: &[Value]) -> String {
    let suggested = examples.iter().find_map(|example| {
        let mut value = example.clone();
        let mut known = Vec::new();
        let mut parts = path.split('.');
        while let Some(part) = parts.next() {
            match value.get_attr(part) {
                Ok(found) if !found.is_undefined() => {
                    known.push(part.to_owned());
                    value = found;
                }
                _ => {
                    known.push(nearest(part, &value)?);
                    known.extend(parts.map(str::to_owned));
                    break;
                }
            }
        }
        Some(known.join("."))
    });
    match suggested {
        Some(suggested) => format!("Did you mean {suggested}?"),
        None => remedy(Some(path)),
    }
}

/// The name that was probably meant: at most two edits away, and by less than half of its letters.
fn nearest(name: &str, value: &Value) -> Option<String> {
    let names = value.try_iter().ok()?.map(|key| key.to_string());
    let near = names.map(|known| (strsim::damerau_levenshtein(name, &known), known));
    near.filter(|(edits, known)| *edits <= 2 && *edits * 2 < known.len()).min().map(|(_, known)| known)
}
