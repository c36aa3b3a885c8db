//! Holds JSON against a JSON Schema: as much of draft 2020-12 as ours uses. Anything else in a schema is a mistake here,
//! so that nothing is passed over; and so is a field of the JSON that the schema does not name.

use serde_json::Value;

/// What is wrong with `value` by `schema`; nothing when all is well.
pub fn mistakes(schema: &Value, value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    Check { root: schema, out: &mut out }.check(schema, value, "$");
    out
}

struct Check<'a> {
    root: &'a Value,
    out: &'a mut Vec<String>,
}

impl Check<'_> {
    fn check(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(rules) = schema.as_object() else { return self.wrong(at, "the schema is not an object") };
        for (rule, says) in rules {
            let holds = match rule.as_str() {
                "$schema" | "$defs" | "title" | "description" | "properties" => true,
                "$ref" => {
                    let target = says.as_str().and_then(|path| self.root.pointer(path.strip_prefix('#')?));
                    match target.cloned() {
                        Some(target) => self.check(&target, value, at),
                        None => self.wrong(at, &format!("{says} leads nowhere")),
                    }
                    true
                }
                "type" => match says {
                    Value::Array(types) => types.iter().any(|kind| is(kind, value)),
                    kind => is(kind, value),
                },
                "const" => says == value,
                "enum" => says.as_array().is_some_and(|all| all.contains(value)),
                "minimum" => says.as_i64().zip(value.as_i64()).is_none_or(|(least, is)| is >= least),
                "pattern" => says.as_str().zip(value.as_str()).is_none_or(|(pattern, text)| shaped(pattern, text)),
                "anyOf" => says.as_array().is_some_and(|all| {
                    all.iter().any(|one| {
                        let mut wrong = Vec::new();
                        Check { root: self.root, out: &mut wrong }.check(one, value, at);
                        wrong.is_empty()
                    })
                }),
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(says, item, &format!("{at}[{n}]"));
                    }
                    true
                }
                "required" => {
                    let needed = says.as_array().into_iter().flatten().filter_map(Value::as_str);
                    for field in needed.filter(|field| value.get(field).is_none()) {
                        self.out.push(format!("{at}.{field} is missing"));
                    }
                    true
                }
                other => {
                    self.wrong(at, &format!("the schema's `{other}` is not known here"));
                    true
                }
            };
            if !holds {
                self.wrong(at, &format!("{value} is not {rule} {says}"));
            }
        }
        let Some(properties) = rules.get("properties").and_then(Value::as_object) else { return };
        for (name, field) in value.as_object().into_iter().flatten() {
            match properties.get(name) {
                Some(schema) => self.check(schema, field, &format!("{at}.{name}")),
                None => self.wrong(at, &format!("`{name}` is not in the schema")),
            }
        }
    }

    fn wrong(&mut self, at: &str, what: &str) {
        self.out.push(format!("{at}: {what}"));
    }
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

/// The two shapes that the schema writes as patterns: an instant, and a level.
fn shaped(pattern: &str, text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if pattern.starts_with("^P") {
        return text.len() == 2 && text.strip_prefix('P').is_some_and(digits);
    }
    let parts: Vec<&str> = text.trim_start_matches('-').split(['-', 'T', ':', '.', 'Z']).collect();
    text.ends_with('Z') && matches!(parts.len(), 7 | 8) && parts[..parts.len() - 1].iter().all(|part| digits(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::mistakes;

    #[test]
    fn what_does_not_fit_is_told() {
        let schema = json!({
            "type": "object", "required": ["at", "to"],
            "properties": {
                "at": {"$ref": "#/$defs/instant"},
                "to": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
                "of": {"type": "array", "items": {"enum": ["a", "b"]}},
            },
            "$defs": {"instant": {"type": "string", "pattern": "^an instant"}},
        });
        let right = json!({"at": "2024-02-28T17:00:00.5Z", "to": null, "of": ["a", "b"]});
        assert_eq!(mistakes(&schema, &right), Vec::<String>::new());
        for (wrong, says) in [
            (json!({"to": 1}), "$.at is missing"),
            (json!({"at": "2024-02-28T17:00:00Z", "to": 0}), "$.to: 0 is not anyOf"),
            (json!({"at": "yesterday", "to": 1}), "$.at: \"yesterday\" is not pattern"),
            (json!({"at": "2024-02-28T17:00:00Z", "to": 1, "of": ["a", "c"]}), "$.of[1]: \"c\" is not enum"),
            (json!({"at": "2024-02-28T17:00:00Z", "to": 1, "more": 1}), "$: `more` is not in the schema"),
            (json!([]), "$: [] is not type"),
        ] {
            let found = mistakes(&schema, &wrong);
            assert!(found.iter().any(|mistake| mistake.starts_with(says)), "{wrong}: {found:?}");
        }
        assert_eq!(mistakes(&json!({"oneOf": []}), &json!(1)).len(), 1);
    }
}
