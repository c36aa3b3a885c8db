//! Templates: how an incident is written where the chat does not reach, in trackers and in reports. There is a built-in one
//! for each purpose, and each can be replaced by one of the operator's own (minijinja, whose language is Jinja2's).
//!
//! What people typed is data: whatever a template prints is encoded for the template's format, and no filter or block of
//! the language turns that off.

mod check;
mod filters;
mod formats;
mod page;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, context};

pub use formats::{Format, escaped};
pub use page::page;

use super::report::{Report, Update};

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Template {
    /// The description of a tracking issue.
    Description,
    /// A comment on it: a comm update.
    Comment,
    /// The report as Markdown.
    ReportMarkdown,
    /// The report as HTML, to stand within a page.
    ReportHtml,
}

impl Template {
    /// All.
    pub const ALL: [Self; 4] = [Self::Description, Self::Comment, Self::ReportMarkdown, Self::ReportHtml];

    /// Its key in the section `templates` of the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Comment => "comment",
            Self::ReportMarkdown => "report_md",
            Self::ReportHtml => "report_html",
        }
    }

    /// The format that it is written in, by which all that it prints is encoded.
    pub fn format(self) -> Format {
        match self {
            Self::Description | Self::Comment => Format::Issue,
            Self::ReportMarkdown => Format::Markdown,
            Self::ReportHtml => Format::Html,
        }
    }

    /// The built-in one.
    pub fn built_in(self) -> &'static str {
        match self {
            Self::Description => include_str!("built_in/description.md"),
            Self::Comment => include_str!("built_in/comment.md"),
            Self::ReportMarkdown => include_str!("built_in/report.md"),
            Self::ReportHtml => include_str!("built_in/report.html"),
        }
    }
}

/// What is wrong with a template of the operator's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("template {}, line {line}: {what}", template.key())]
pub struct Mistake {
    /// The template.
    pub template: Template,
    /// The line, counted from 1; 0 when it is about the whole template.
    pub line: usize,
    /// The expression that it is about, such as `incident.titel`.
    pub expression: Option<String>,
    /// What is wrong, as the end of a sentence that begins with the expression.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// What a template made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Why the operator's own template did not make it, and the built-in one did.
    pub instead: Option<Mistake>,
}

/// The templates that are in use.
#[derive(Clone, Debug)]
pub struct Templates {
    built_in: Environment<'static>,
    /// Only those that replace a built-in one.
    own: Environment<'static>,
}

impl Default for Templates {
    fn default() -> Self {
        Self::built_in()
    }
}

impl PartialEq for Templates {
    fn eq(&self, other: &Self) -> bool {
        Template::ALL.into_iter().all(|template| self.source(template) == other.source(template))
    }
}

impl Templates {
    /// The built-in ones.
    pub fn built_in() -> Self {
        let mut built_in = environment();
        for template in Template::ALL {
            // A test renders each of them; one that could not be read would be missing, and `written` says so.
            let _ = built_in.add_template(template.key(), template.built_in());
        }
        Self { built_in, own: environment() }
    }

    /// The built-in ones, some replaced.
    ///
    /// # Errors
    /// Everything that is wrong with those, found by reading them and by writing the example incidents with them.
    pub fn with(own: impl IntoIterator<Item = (Template, String)>) -> Result<Self, Vec<Mistake>> {
        let mut templates = Self::built_in();
        let mut mistakes = Vec::new();
        for (template, source) in own {
            match templates.own.add_template_owned(template.key(), source) {
                Ok(()) => mistakes.extend(check::check(&templates.own, template)),
                Err(error) => mistakes.push(mistake(template, &error)),
            }
        }
        if mistakes.is_empty() { Ok(templates) } else { Err(mistakes) }
    }

    /// The description of an incident's tracking issue, to be [read](super::document::Document::read).
    pub fn description(&self, report: &Report) -> Written {
        self.written(Template::Description, report, None)
    }

    /// A comm update as a comment on it, to be read likewise.
    pub fn comment(&self, report: &Report, update: &Update) -> Written {
        self.written(Template::Comment, report, Some(update))
    }

    /// The report.
    pub fn report(&self, report: &Report, format: Format) -> Written {
        let template = match format {
            Format::Markdown | Format::Issue => Template::ReportMarkdown,
            Format::Html => Template::ReportHtml,
        };
        self.written(template, report, None)
    }

    fn source(&self, template: Template) -> String {
        let own = self.own.get_template(template.key());
        own.map_or_else(|_| template.built_in().to_owned(), |template| template.source().to_owned())
    }

    /// Writes with the operator's own template if there is one and it can, else with the built-in one: what is to be
    /// written is never lost by a template that did not foresee it.
    fn written(&self, template: Template, report: &Report, update: Option<&Update>) -> Written {
        let values = values(report, update);
        let mut instead = None;
        if let Ok(own) = self.own.get_template(template.key()) {
            match own.render(&values) {
                Ok(text) => return Written { text, instead },
                Err(error) => instead = Some(mistake(template, &error)),
            }
        }
        let text = self.built_in.get_template(template.key()).and_then(|built_in| built_in.render(&values));
        // The built-in ones are tried by tests with every kind of incident; the record tells as much, only less nicely.
        let text = text.unwrap_or_else(|_| super::record::write(&report.record, template.format().of_record()));
        Written { text, instead }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    // Errors then tell the line and the expression.
    environment.set_debug(true);
    // Only delimiters of one's own can be refused.
    if let Ok(syntax) =
        SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()
    {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|name| match format_of(name) {
        Format::Html => AutoEscape::Html,
        Format::Markdown | Format::Issue => AutoEscape::Custom("markdown".into()),
    });
    // By the template's name and not by the state, so that no block of the template switches it off.
    environment.set_formatter(|out, state, value| formats::print(out, format_of(state.name()), value));
    filters::add(&mut environment);
    environment
}

/// The format of the template of that name.
fn format_of(name: &str) -> Format {
    Template::ALL.into_iter().find(|template| template.key() == name).map_or(Format::Html, Template::format)
}

/// What a template can print.
fn values(report: &Report, update: Option<&Update>) -> Value {
    let report = Value::from(Serde(report));
    match update {
        Some(update) => context! { update => Value::from(Serde(update)), ..report },
        None => report,
    }
}

/// An error in the words of a mistake.
fn mistake(template: Template, error: &Error) -> Mistake {
    let source = error.template_source();
    let expression = error.range().and_then(|range| source?.get(range)).map(|text| text.trim().to_owned());
    let what = match (error.kind(), error.detail()) {
        (minijinja::ErrorKind::UndefinedError, _) => "is not something that a template knows".to_owned(),
        (_, Some(detail)) => format!("cannot be read: {detail}"),
        (kind, None) => format!("cannot be read: {kind}"),
    };
    let remedy = check::remedy(expression.as_deref());
    Mistake { template, line: error.line().unwrap_or_default(), expression, what, remedy }
}

#[cfg(test)]
mod tests;
