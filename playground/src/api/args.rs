//! A call's arguments, from the query, a form or JSON.

use serde_json::{Map, Value};

use crate::refused::Refused;

/// The arguments of a call. Form values are strings; JSON values are what they are; both read the same.
#[derive(Debug, Default)]
pub(crate) struct Args(pub(crate) Map<String, Value>);

impl Args {
    /// Reads the query and the body.
    pub(crate) fn read(query: Option<&str>, content_type: &str, body: &[u8]) -> Result<Self, Refused> {
        let mut args = Map::new();
        let mut take = |text: &[u8]| -> Result<(), Refused> {
            let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(text).map_err(|_| "invalid_form_data")?;
            args.extend(pairs.into_iter().map(|(key, value)| (key, Value::String(value))));
            Ok(())
        };
        if let Some(query) = query {
            take(query.as_bytes())?;
        }
        if body.is_empty() {
            return Ok(Self(args));
        }
        if content_type.starts_with("application/json") {
            match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => args.extend(fields),
                Ok(_) => return Err("json_not_object".into()),
                Err(_) => return Err("invalid_json".into()),
            }
        } else {
            take(body)?;
        }
        // JSON clients send what they do not mean as null.
        args.retain(|_, value| !value.is_null());
        Ok(Self(args))
    }

    /// The argument as text, unless it is absent or empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => Some(text.clone()).filter(|t| !t.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(crate) fn required(&self, name: &str) -> Result<String, Refused> {
        self.text(name).ok_or_else(|| Refused::missing(name))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn yes(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref(), Some("true" | "1"))
    }

    /// A list, which is an array or text with commas.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => self
                .text(name)
                .map(|text| text.split(',').map(|item| item.trim().to_owned()).filter(|i| !i.is_empty()).collect())
                .unwrap_or_default(),
        }
    }

    /// A structure, which is JSON or text that holds JSON. `code` is the error when it cannot be read.
    pub(crate) fn structure(&self, name: &str, code: &'static str) -> Result<Option<Value>, Refused> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| code.into()),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    /// `limit`, at most `most`.
    pub(crate) fn limit(&self, default: usize, most: usize) -> Result<usize, Refused> {
        match self.text("limit") {
            None => Ok(default),
            Some(text) => match text.parse::<usize>() {
                Ok(0) => Ok(default),
                Ok(limit) => Ok(limit.min(most)),
                Err(_) => Err("invalid_limit".into()),
            },
        }
    }

    /// Where the page begins that `cursor` names.
    pub(crate) fn cursor(&self) -> Result<Option<u64>, Refused> {
        match self.text("cursor") {
            None => Ok(None),
            Some(text) => text
                .strip_prefix("bmV4dDo")
                .and_then(|rest| rest.strip_suffix('='))
                .and_then(|hex| u64::from_str_radix(hex, 16).ok())
                .map(Some)
                .ok_or_else(|| "invalid_cursor".into()),
        }
    }
}

/// A cursor, as opaque as Slack's and with the `=` at its end that must be encoded in a form.
pub(crate) fn cursor(at: Option<u64>) -> Value {
    let next = at.map(|at| format!("bmV4dDo{at:x}=")).unwrap_or_default();
    serde_json::json!({ "next_cursor": next })
}

/// One page of a list, and the cursor of the next one.
pub(crate) fn page(args: &Args, all: &[Value], default: usize, most: usize) -> Result<(Vec<Value>, Value), Refused> {
    let limit = args.limit(default, most)?;
    let from = usize::try_from(args.cursor()?.unwrap_or(0)).unwrap_or(usize::MAX).min(all.len());
    let to = from.saturating_add(limit).min(all.len());
    let next = (to < all.len()).then(|| u64::try_from(to).unwrap_or(u64::MAX));
    Ok((all[from..to].to_vec(), cursor(next)))
}
