//! Amounts of time, typed and read by people.

use jiff::SignedDuration;

use super::words::{self, Words};

/// Quantities are counted in billionths, so that of seconds they are nanoseconds: `1.5` is 1,500,000,000.
const ONE: i128 = 1_000_000_000;

const SECONDS_IN_MINUTE: i128 = 60;
const SECONDS_IN_HOUR: i128 = 60 * SECONDS_IN_MINUTE;
const SECONDS_IN_DAY: i128 = 24 * SECONDS_IN_HOUR;
const DAYS_IN_WEEK: i128 = 7;
const MONTHS_IN_YEAR: i128 = 12;

/// A duration as people type it: `15 min`, `2h`, `1h30m`, `two hours`, `90s`, `1.5 days`, `an hour and a half`.
///
/// A day is 24 hours. `None` for anything else, also for a bare number and for months and years, which have no fixed
/// length. The result is never negative; it may be zero.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let plain = words::plain(text)?;
    let tokens = words::tokens(&plain);
    let mut words = Words::new(&tokens);
    let amount = read(&mut words).filter(|_| words.finished())?;
    if amount.months != 0 {
        return None;
    }
    let days = amount.days.checked_mul(SECONDS_IN_DAY * ONE)?;
    SignedDuration::try_from_nanos_i128(days.checked_add(amount.nanos)?)
}

/// A duration as people read it, in one or two units, cut and not rounded: `45 s`, `3 m`, `1 h 05 m`, `2 d 4 h`.
///
/// A second unit that is zero is left out (`2 h`). A negative duration has a minus before it.
pub fn spoken(d: SignedDuration) -> String {
    let sign = if d.as_secs() < 0 { "-" } else { "" };
    let seconds = d.as_secs().unsigned_abs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let positive = match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} m"),
        (0, _, _) if minutes % 60 == 0 => format!("{hours} h"),
        (0, _, _) => format!("{hours} h {:02} m", minutes % 60),
        _ if hours % 24 == 0 => format!("{days} d"),
        _ => format!("{days} d {} h", hours % 24),
    };
    format!("{sign}{positive}")
}

/// An amount whose calendar units are kept apart, as a day is not always 24 hours. Never negative.
#[derive(Debug, Default)]
pub(super) struct Amount {
    months: i128,
    days: i128,
    nanos: i128,
}

impl Amount {
    /// The part in hours, minutes and seconds; `None` when it is too long.
    pub(super) fn exact(&self) -> Option<SignedDuration> {
        SignedDuration::try_from_nanos_i128(self.nanos)
    }

    /// The years and months, as months; `None` when there are too many.
    pub(super) fn months(&self) -> Option<i64> {
        i64::try_from(self.months).ok()
    }

    /// The weeks and days, as days; `None` when there are too many.
    pub(super) fn days(&self) -> Option<i64> {
        i64::try_from(self.days).ok()
    }

    pub(super) fn has_calendar_part(&self) -> bool {
        self.months != 0 || self.days != 0
    }

    /// The days, if there is nothing else.
    pub(super) fn only_days(&self) -> Option<i64> {
        let only = self.months == 0 && self.nanos == 0;
        only.then(|| self.days())?
    }

    /// `None` for a part of a month, which has no length. A quantity of at most 20 digits does not overflow.
    fn add(&mut self, quantity: i128, unit: Unit) -> Option<()> {
        match unit {
            Unit::Second => self.nanos += quantity,
            Unit::Minute => self.nanos += quantity * SECONDS_IN_MINUTE,
            Unit::Hour => self.nanos += quantity * SECONDS_IN_HOUR,
            Unit::Day => self.add_days(quantity),
            Unit::Week => self.add_days(quantity * DAYS_IN_WEEK),
            Unit::Month => self.add_months(quantity)?,
            Unit::Year => self.add_months(quantity * MONTHS_IN_YEAR)?,
        }
        Some(())
    }

    /// Whole days belong to the calendar, a part of one is so many hours.
    fn add_days(&mut self, quantity: i128) {
        self.days += quantity / ONE;
        self.nanos += quantity % ONE * SECONDS_IN_DAY;
    }

    fn add_months(&mut self, quantity: i128) -> Option<()> {
        self.months += quantity / ONE;
        (quantity % ONE == 0).then_some(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// An amount at the start of `words`, each unit smaller than the one before: `1h30m`, `1 hour and 30 minutes`.
pub(super) fn read(words: &mut Words<'_>) -> Option<Amount> {
    let mut amount = Amount::default();
    let (quantity, mut unit) = part(words)?;
    amount.add(quantity, unit)?;
    loop {
        let next = words.attempt(|words| {
            let _ = words.eat("and") || words.eat_sign(',');
            part(words).filter(|(_, next)| *next < unit)
        });
        if let Some((quantity, smaller)) = next {
            amount.add(quantity, smaller)?;
            unit = smaller;
        } else if and_a_half(words) {
            amount.add(ONE / 2, unit)?;
            return Some(amount);
        } else {
            break;
        }
    }
    // `1h30` leaves out what everybody knows.
    if unit == Unit::Hour {
        let minutes = words.attempt(|words| {
            let digits = words.glued_number().filter(|digits| digits.len() == 2)?;
            digits.parse::<i128>().ok().filter(|minutes| *minutes < 60)
        });
        if let Some(minutes) = minutes {
            amount.add(ONE * minutes, Unit::Minute)?;
        }
    }
    Some(amount)
}

/// One quantity with its unit.
fn part(words: &mut Words<'_>) -> Option<(i128, Unit)> {
    let quantity = words.attempt(digits).or_else(|| words.attempt(spelled))?;
    let unit = match words.word()? {
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "wk" | "wks" | "week" | "weeks" => Unit::Week,
        "month" | "months" => Unit::Month,
        "year" | "years" => Unit::Year,
        _ => return None,
    };
    Some((quantity, unit))
}

/// `20`, `1.5`, `2 and a half`.
fn digits(words: &mut Words<'_>) -> Option<i128> {
    // Too many digits for a u64 are too many for any unit, and are refused as out of range later.
    let whole = i128::from(words.number()?.parse().unwrap_or(u64::MAX)) * ONE;
    let decimals = words.attempt(|words| {
        words.glued_separator(".")?;
        words.glued_number()
    });
    let part = match decimals {
        Some(decimals) => format!("{decimals:0<9}").get(..9)?.parse().ok()?,
        None if and_a_half(words) => ONE / 2,
        None => 0,
    };
    Some(whole + part)
}

/// `a`, `half an`, `a couple of`, `two`, `forty-five`, `one and a half`.
fn spelled(words: &mut Words<'_>) -> Option<i128> {
    let article = words.eat("a") || words.eat("an");
    if words.eat("couple") {
        words.eat("of");
        return Some(2 * ONE);
    }
    if words.eat("half") {
        let _ = !article && (words.eat("a") || words.eat("an"));
        return Some(ONE / 2);
    }
    if article {
        return Some(ONE);
    }
    let mut number = words.attempt(|words| number_word(words.word()?))?;
    if number >= 20 {
        let ones = words.attempt(|words| {
            words.eat_sign('-');
            number_word(words.word()?).filter(|ones| *ones < 10)
        });
        number += ones.unwrap_or(0);
    }
    let half = if and_a_half(words) { ONE / 2 } else { 0 };
    Some(number * ONE + half)
}

fn and_a_half(words: &mut Words<'_>) -> bool {
    words.attempt(|words| (words.eat("and") && words.eat("a") && words.eat("half")).then_some(())).is_some()
}

fn number_word(word: &str) -> Option<i128> {
    const TO_NINETEEN: &[&str] = &[
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: &[&str] = &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let place = |list: &[&str]| list.iter().zip(1..).find(|(name, _)| **name == word).map(|(_, at)| at);
    place(TO_NINETEEN).or_else(|| place(TENS).map(|at| (at + 1) * 10))
}
