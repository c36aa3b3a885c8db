//! Reads a TOML document by asking for keys, and collects everything that is wrong with it instead of stopping at the
//! first. What nobody asked for is unknown, and reported with the nearest key that somebody did ask for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::duration;
use super::problem::Problem;

/// What is wrong with a value, as the end of a sentence that begins with its key, and the remedy.
pub(super) type Wrong = (String, String);

/// A document that is being read.
pub(super) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Document<'a> {
    /// Reads `text` with `read`. The answer is what `read` made, everything that was wrong, and every key that was
    /// asked for.
    pub(super) fn read<T>(
        file: &str,
        text: &str,
        read: impl FnOnce(&Section<'_>) -> T,
    ) -> (T, Vec<Problem>, BTreeSet<String>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Document { file, text, problems: RefCell::default(), asked: RefCell::default() };
        if errors.is_empty() {
            let root = Section::new(&document, String::new(), Some(root.get_ref()), 0);
            let value = read(&root);
            root.finish();
            return (value, document.problems.into_inner(), document.asked.into_inner());
        }
        // What a broken document means cannot be told, so its keys are not judged.
        let empty = Document { file, text: "", problems: RefCell::default(), asked: RefCell::default() };
        let value = read(&Section::new(&empty, String::new(), None, 0));
        for error in errors {
            let line = error.span().map_or(0, |span| document.line(span.start));
            document.report(line, "", error.message(), "See https://toml.io for how TOML is written.".to_owned());
        }
        (value, document.problems.into_inner(), empty.asked.into_inner())
    }

    fn line(&self, offset: usize) -> usize {
        self.text.get(..offset).map_or(0, |before| before.matches('\n').count() + 1)
    }

    fn report(&self, line: usize, key: &str, what: impl Into<String>, remedy: String) {
        self.problems.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line,
            key: key.to_owned(),
            what: what.into(),
            remedy,
        });
    }
}

/// A table of the document, or the absence of one: then every key is absent.
pub(super) struct Section<'a> {
    document: &'a Document<'a>,
    path: String,
    table: Option<&'a DeTable<'a>>,
    line: usize,
    asked: RefCell<Vec<String>>,
}

impl<'a> Section<'a> {
    fn new(document: &'a Document<'a>, path: String, table: Option<&'a DeTable<'a>>, line: usize) -> Self {
        Self { document, path, table, line, asked: RefCell::default() }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key, which is known from now on.
    fn ask(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key.to_owned());
        self.document.asked.borrow_mut().insert(self.path_of(key));
        self.value(key)
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table?.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn line_of(&self, key: &str) -> usize {
        let name = self.table.and_then(|table| table.keys().find(|name| name.get_ref() == key));
        name.map_or(self.line, |name| self.document.line(name.span().start))
    }

    /// Reports that a key is wrong, at the key's line, or at the section's when the key is missing.
    pub(super) fn complain(&self, key: &str, what: impl Into<String>, remedy: impl Into<String>) {
        self.document.report(self.line_of(key), &self.path_of(key), what, remedy.into());
    }

    /// Reports what is wrong with a file that the document names.
    pub(super) fn complain_of(
        &self,
        file: &str,
        line: usize,
        key: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.document.problems.borrow_mut().push(Problem {
            file: file.to_owned(),
            line,
            key: key.to_owned(),
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Whether the section is not there, or not a section.
    pub(super) fn is_absent(&self) -> bool {
        self.table.is_none()
    }

    /// Whether the key stands in the document.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A value that `parse` makes of a text.
    pub(super) fn parse<T>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        self.parse_or(key, &format!("Write a text in quotes: {key} = \"…\"."), parse)
    }

    /// The same, with the remedy for what is no text.
    fn parse_or<T>(&self, key: &str, remedy: &str, parse: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        let value = self.ask(key)?.get_ref();
        let DeValue::String(text) = value else {
            self.complain(key, format!("is {}", kind(value)), remedy);
            return None;
        };
        match parse(text) {
            Ok(value) => Some(value),
            Err((what, remedy)) => {
                self.complain(key, what, remedy);
                None
            }
        }
    }

    /// A text that says something.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.parse(key, |text| match text.trim() {
            "" => Err(("is empty".to_owned(), "Write something, or leave the key out.".to_owned())),
            text => Ok(text.to_owned()),
        })
    }

    /// Yes or no.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.ask(key)?.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                self.complain(key, format!("is {}", kind(other)), "Write true or false, without quotes.");
                None
            }
        }
    }

    /// A whole number in a range.
    pub(super) fn number(&self, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.ask(key)?.get_ref();
        let remedy = format!("Write a whole number from {} to {}.", range.start(), range.end());
        let DeValue::Integer(integer) = value else {
            self.complain(key, format!("is {}", kind(value)), remedy);
            return None;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|n| range.contains(n));
        if number.is_none() {
            self.complain(key, format!("is {integer}"), remedy);
        }
        number
    }

    /// A length of time in a range.
    pub(super) fn duration(&self, key: &str, range: RangeInclusive<SignedDuration>) -> Option<SignedDuration> {
        self.parse_or(key, duration::FORM, |text| in_range(text, &range, duration::FORM))
    }

    /// A length of time in a range, or `Some(None)` for `"never"`.
    pub(super) fn duration_or_never(
        &self,
        key: &str,
        range: RangeInclusive<SignedDuration>,
    ) -> Option<Option<SignedDuration>> {
        self.duration_or(key, "never", range)
    }

    /// A length of time in a range, or `Some(None)` for that word.
    pub(super) fn duration_or(
        &self,
        key: &str,
        word: &str,
        range: RangeInclusive<SignedDuration>,
    ) -> Option<Option<SignedDuration>> {
        let remedy = format!("{} Or write {word:?}.", duration::FORM);
        self.parse_or(key, &remedy, |text| match text.trim() {
            text if text == word => Ok(None),
            text => in_range(text, &range, &remedy).map(Some),
        })
    }

    /// A list whose every entry `parse` makes of a text. Entries that it cannot read are reported and left out.
    pub(super) fn list<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, Wrong>) -> Option<Vec<T>> {
        let value = self.ask(key)?.get_ref();
        let DeValue::Array(entries) = value else {
            let remedy = format!("Write a list: {key} = [\"…\", \"…\"].");
            self.complain(key, format!("is {}", kind(value)), remedy);
            return None;
        };
        let read = |entry: &Spanned<DeValue<'_>>| {
            let line = self.document.line(entry.span().start);
            let parsed = match entry.get_ref() {
                DeValue::String(text) => parse(text),
                other => Err((format!("holds {}", kind(other)), "Write texts in quotes.".to_owned())),
            };
            parsed.map_err(|(what, remedy)| self.document.report(line, &self.path_of(key), what, remedy)).ok()
        };
        Some(entries.iter().filter_map(read).collect())
    }

    /// A table, read with `read` whether it is there or not.
    pub(super) fn section<T>(&self, key: &str, read: impl FnOnce(&Section<'_>) -> T) -> T {
        let value = self.ask(key);
        let table = match value.map(Spanned::get_ref) {
            Some(DeValue::Table(table)) => Some(table),
            None => None,
            Some(other) => {
                let remedy = format!("Write a section: [{}].", self.path_of(key));
                self.complain(key, format!("is {}", kind(other)), remedy);
                None
            }
        };
        let section = Section::new(self.document, self.path_of(key), table, self.line_of(key));
        let made = read(&section);
        section.finish();
        made
    }

    /// The tables of an array of tables (`[[key]]`), each read with `read`; `None` when there is none.
    pub(super) fn sections<T>(&self, key: &str, mut read: impl FnMut(&Section<'_>) -> T) -> Option<Vec<T>> {
        let value = self.ask(key)?;
        let DeValue::Array(entries) = value.get_ref() else {
            let remedy = format!("Write [[{key}]], with two brackets, since there can be several.");
            self.complain(key, format!("is {}", kind(value.get_ref())), remedy);
            return None;
        };
        Some(self.tables(key, entries, &mut read))
    }

    fn tables<T>(&self, key: &str, entries: &'a DeArray<'a>, read: &mut impl FnMut(&Section<'_>) -> T) -> Vec<T> {
        let read_entry = |entry: &'a Spanned<DeValue<'a>>| {
            let DeValue::Table(table) = entry.get_ref() else {
                self.complain(key, "holds something that is no table", format!("Write [[{key}]] for each."));
                return None;
            };
            let section =
                Section::new(self.document, self.path_of(key), Some(table), self.document.line(entry.span().start));
            let made = read(&section);
            section.finish();
            Some(made)
        };
        entries.iter().filter_map(read_entry).collect()
    }

    /// Every key of the section, for a section whose keys are names of the writer's own.
    pub(super) fn names(&self) -> Vec<String> {
        self.table.map(|table| table.keys().map(|name| name.get_ref().to_string()).collect()).unwrap_or_default()
    }

    /// The value of a name of the writer's own is false: the name is taken away.
    pub(super) fn is_switched_off(&self, key: &str) -> bool {
        matches!(self.value(key).map(Spanned::get_ref), Some(DeValue::Boolean(false)))
    }

    /// Marks a key as known without reading it.
    pub(super) fn allow(&self, key: &str) {
        self.asked.borrow_mut().push(key.to_owned());
    }

    /// Reports the keys that nobody asked for.
    fn finish(&self) {
        let asked = self.asked.borrow();
        for name in self.names() {
            if asked.contains(&name) {
                continue;
            }
            let mut known: Vec<&str> = asked.iter().map(String::as_str).collect();
            known.sort_unstable();
            known.dedup();
            let remedy = match nearest(&name, known.iter().copied()) {
                Some(key) => format!("Did you mean {key}?"),
                None => format!("Known here: {}.", known.join(", ")),
            };
            self.complain(&name, "is unknown", remedy);
        }
    }
}

fn in_range(text: &str, range: &RangeInclusive<SignedDuration>, form: &str) -> Result<SignedDuration, Wrong> {
    let Some(length) = duration::parse(text) else {
        return Err((format!("is {text:?}, which is no length of time"), form.to_owned()));
    };
    if range.contains(&length) {
        return Ok(length);
    }
    let (from, to) = (duration::write(*range.start()), duration::write(*range.end()));
    Err((format!("is {text:?}"), format!("Write a time from \"{from}\" to \"{to}\".")))
}

/// The word of `known` that was probably meant: at most two edits away, and by less than half of its letters.
pub(super) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase().replace('-', "_");
    known
        .map(|key| (strsim::damerau_levenshtein(&word, &key.to_lowercase()), key))
        .filter(|(edits, key)| *edits <= 2 && *edits * 2 < key.len())
        .min()
        .map(|(_, key)| key)
}

/// What a value is, for a sentence.
fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {text:?}"),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(at) => format!("the date {at}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a section".to_owned(),
    }
}
