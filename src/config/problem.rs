//! What is wrong with a configuration, told so that the reader can mend it: the place, the key, what is wrong, and the
//! remedy.

use std::fmt;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, or `environment`.
    pub file: String,
    /// The line in it, counted from 1; 0 when it is about the whole file.
    pub line: usize,
    /// The dotted path of the key, or the variable's name. Empty when it is about the whole file.
    pub key: String,
    /// What is wrong, as the end of a sentence that begins with the key.
    pub what: String,
    /// What to do, as a sentence of its own.
    pub remedy: String,
}

impl Problem {
    /// A mistake in a variable of the environment or of `.env`.
    pub(super) fn of_variable(name: &str, origin: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: origin.to_owned(), line: 0, key: name.to_owned(), what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        match (self.line, self.key.as_str()) {
            (0, "") => f.write_str(" ")?,
            (_, "") => f.write_str(": ")?,
            (_, key) => write!(f, ": {key} ")?,
        }
        write!(f, "{}. {}", self.what, self.remedy)
    }
}

/// Everything that is wrong, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Sorted by place, so that the reader goes through each file once.
    pub(super) fn sorted(mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        Self(problems)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "The configuration has a mistake:")?,
            n => writeln!(f, "The configuration has {n} mistakes:")?,
        }
        for problem in &self.0 {
            writeln!(f, "  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
