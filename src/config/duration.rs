//! Lengths of time as the configuration writes them: `180s`, `20m`, `24h`, `400d`, `1h30m`.

use jiff::SignedDuration;

/// How a length of time is written.
pub(super) const FORM: &str = "Write a number and s, m, h or d, such as \"90s\", \"20m\", \"24h\" or \"7d\".";

/// The length that a text tells; `None` when it tells none, or one of more than a thousand years.
pub(super) fn parse(text: &str) -> Option<SignedDuration> {
    const LONGEST: i64 = 1_000 * 366 * 24 * 60 * 60;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut seconds = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let amount: i64 = rest[..digits].parse().ok()?;
        let mut after = rest[digits..].chars();
        let unit = match after.next()? {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            _ => return None,
        };
        seconds = seconds.checked_add(amount.checked_mul(unit)?).filter(|sum| *sum <= LONGEST)?;
        rest = after.as_str().trim_start();
    }
    Some(SignedDuration::from_secs(seconds))
}

/// The shortest text that [`parse`] reads as this length.
pub(super) fn write(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    for (unit, name) in [(24 * 60 * 60, 'd'), (60 * 60, 'h'), (60, 'm')] {
        if seconds != 0 && seconds % unit == 0 {
            return format!("{}{name}", seconds / unit);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read() {
        let cases = [
            ("180s", Some(180)),
            ("20m", Some(1_200)),
            ("24h", Some(86_400)),
            ("400d", Some(34_560_000)),
            ("1h30m", Some(5_400)),
            ("1h 30m", Some(5_400)),
            ("0s", Some(0)),
            ("", None),
            ("20", None),
            ("m", None),
            ("20 minutes", None),
            ("-5m", None),
            ("1.5h", None),
            ("never", None),
            ("5ms", None),
            ("９m", None),
            ("99999999999999999999d", None),
            ("9999999999d", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse(text).map(|length| length.as_secs()), seconds, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for seconds in [0, 1, 59, 60, 90, 3_600, 5_400, 86_400, 90_000] {
            let length = SignedDuration::from_secs(seconds);
            assert_eq!(parse(&write(length)), Some(length));
        }
    }
}
