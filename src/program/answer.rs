//! How a command of the program ends.

use std::fmt;
use std::io;

use crate::data::StoreError;

/// Why a command did not do what was asked, for the person at the terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed(String);

impl Failed {
    /// For this reason: a sentence with the way out.
    pub fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self(format!("Writing the answer did not work: {error}."))
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            // Its text begins with the file's name.
            StoreError::InUse { .. } => Self(format!("The file {error}.")),
            _ => {
                let text = error.to_string();
                let mut letters = text.chars();
                let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
                Self(format!("{first}{}.", letters.as_str()))
            }
        }
    }
}
