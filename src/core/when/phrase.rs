//! What a phrase says, before the calendar is asked what that is.

use jiff::civil::{Time, Weekday};

use super::NotUnderstood;
use super::amount::{self, Amount};
use super::words::Words;

#[derive(Debug)]
pub(super) enum Phrase {
    Now,
    Ago(Amount),
    In(Amount),
    /// A time of day, on whichever day it was last.
    Clock(Clock),
    Day(Day, Option<Clock>),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Day {
    FromToday(i64),
    Weekday(Weekday, Which),
    /// A date in whichever year it was last.
    Yearly {
        month: i8,
        day: i8,
    },
    Dated {
        year: i16,
        month: i8,
        day: i8,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    /// The latest, today if it fits.
    Latest,
    /// Before today.
    Last,
    /// After today.
    Next,
}

/// A time of day as it was written; whether there is such a time, [`Clock::time`] says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    half: Option<Half>,
}

#[derive(Debug, Clone, Copy)]
enum Half {
    Am,
    Pm,
}

impl Clock {
    const fn full(hour: i8) -> Self {
        Self { hour, minute: 0, second: 0, half: None }
    }

    pub(super) fn time(self) -> Result<Time, NotUnderstood> {
        let hour = match (self.half, self.hour) {
            (None, hour) => hour,
            (Some(Half::Am), 12) => 0,
            (Some(Half::Pm), 12) => 12,
            (Some(Half::Am), hour @ 1..=11) => hour,
            (Some(Half::Pm), hour @ 1..=11) => hour + 12,
            (Some(_), _) => return Err(NotUnderstood::NoSuchTime),
        };
        Time::new(hour, self.minute, self.second, 0).map_err(|_| NotUnderstood::NoSuchTime)
    }
}

/// The one reading of all the words, if there is one.
pub(super) fn parse(words: Words<'_>) -> Option<Phrase> {
    [now, relative, day_first, clock_first].iter().find_map(|reading| {
        let mut words = words;
        reading(&mut words).filter(|_| words.finished())
    })
}

fn now(words: &mut Words<'_>) -> Option<Phrase> {
    let _ = words.eat("right") || words.eat("just");
    words.eat("now").then_some(Phrase::Now)
}

/// `20 minutes ago`, `in 20 minutes`, `2 days ago at 9:05`.
fn relative(words: &mut Words<'_>) -> Option<Phrase> {
    if words.eat("in") {
        return amount::read(words).map(Phrase::In);
    }
    let amount = amount::read(words)?;
    if !words.eat("ago") {
        return None;
    }
    if words.finished() {
        return Some(Phrase::Ago(amount));
    }
    let days = Day::FromToday(-amount.only_days()?);
    Some(Phrase::Day(days, Some(clock_after_day(words)?)))
}

/// `monday`, `yesterday 11:20a`, `Jan 9 at 4 pm`.
fn day_first(words: &mut Words<'_>) -> Option<Phrase> {
    words.eat("on");
    let day = day(words)?;
    if words.finished() {
        return Some(Phrase::Day(day, None));
    }
    Some(Phrase::Day(day, Some(clock_after_day(words)?)))
}

fn clock_after_day(words: &mut Words<'_>) -> Option<Clock> {
    words.eat_sign(',');
    let _ = words.eat("at") || words.eat_sign('@') || words.eat("t");
    clock(words).map(|(clock, _)| clock)
}

/// `9:05`, `at 14`, `9am on monday`.
fn clock_first(words: &mut Words<'_>) -> Option<Phrase> {
    let at = words.eat("at") || words.eat_sign('@');
    let (clock, bare) = clock(words)?;
    if words.finished() {
        return Some(Phrase::Clock(clock));
    }
    words.eat_sign(',');
    let on = words.eat("on");
    // `14 dec 31` is neither a time nor a date for certain.
    if bare && !at && !on {
        return None;
    }
    Some(Phrase::Day(day(words)?, Some(clock)))
}

/// A time of day, and whether it was only digits.
fn clock(words: &mut Words<'_>) -> Option<(Clock, bool)> {
    let named = words.attempt(|words| match words.word()? {
        "noon" | "midday" => Some(Clock::full(12)),
        "midnight" => Some(Clock::full(0)),
        _ => None,
    });
    if let Some(clock) = named {
        return Some((clock, false));
    }
    let digits = words.number()?;
    let (mut clock, separated) = match digits.len() {
        1 | 2 => separated_clock(digits, words)?,
        3 | 4 => {
            let (hour, minute) = digits.split_at(digits.len() - 2);
            let clock = Clock { minute: minute.parse().ok()?, ..Clock::full(hour.parse().ok()?) };
            (clock, false)
        }
        _ => return None,
    };
    clock.half = half(words);
    // `905` alone may as well be an amount or an id.
    if digits.len() == 3 && clock.half.is_none() {
        return None;
    }
    Some((clock, !separated && clock.half.is_none()))
}

/// What follows an hour: `:05`, `:05:30`, `.05`, `h05` or nothing.
fn separated_clock(hour: &str, words: &mut Words<'_>) -> Option<(Clock, bool)> {
    let mut clock = Clock::full(hour.parse().ok()?);
    let minute = words.attempt(|words| {
        let separator = words.glued_separator(":.h")?;
        Some((separator, two_glued_digits(words)?))
    });
    let Some((separator, minute)) = minute else {
        return Some((clock, false));
    };
    clock.minute = minute.parse().ok()?;
    if separator == ':' {
        let second = words.attempt(|words| {
            words.glued_separator(":")?;
            two_glued_digits(words)
        });
        if let Some(second) = second {
            clock.second = second.parse().ok()?;
        }
    }
    Some((clock, true))
}

fn two_glued_digits<'t>(words: &mut Words<'t>) -> Option<&'t str> {
    words.glued_number().filter(|digits| digits.len() == 2)
}

/// `am`, `a`, `a.m.`, and the same of the afternoon.
fn half(words: &mut Words<'_>) -> Option<Half> {
    words.attempt(|words| {
        words.eat_sign('.');
        let (half, letter) = match words.word()? {
            "am" => (Half::Am, false),
            "pm" => (Half::Pm, false),
            "a" => (Half::Am, true),
            "p" => (Half::Pm, true),
            _ => return None,
        };
        if letter {
            words.attempt(|words| {
                let dotted = words.eat_sign('.') && words.eat("m");
                dotted.then(|| words.eat_sign('.'))
            });
        }
        Some(half)
    })
}

fn day(words: &mut Words<'_>) -> Option<Day> {
    [named_day, iso_date, month_first, day_of_month_first].iter().find_map(|reading| words.attempt(reading))
}

fn named_day(words: &mut Words<'_>) -> Option<Day> {
    let day = match words.word()? {
        "today" => Day::FromToday(0),
        "yesterday" => Day::FromToday(-1),
        "tomorrow" => Day::FromToday(1),
        "last" => Day::Weekday(weekday(words.word()?)?, Which::Last),
        "next" => Day::Weekday(weekday(words.word()?)?, Which::Next),
        name => Day::Weekday(weekday(name)?, Which::Latest),
    };
    Some(day)
}

/// `2024-02-28`, also with slashes: with the year first there is one order only.
fn iso_date(words: &mut Words<'_>) -> Option<Day> {
    let year = words.number().filter(|digits| digits.len() == 4)?;
    let separator = words.glued_separator("-/")?;
    let month = words.glued_number()?;
    if words.glued_separator("-/")? != separator {
        return None;
    }
    Some(Day::Dated {
        year: year.parse().ok()?,
        month: one_or_two_digits(month)?,
        day: one_or_two_digits(words.glued_number()?)?,
    })
}

/// `dec 31`, `April 20th, 2020`.
fn month_first(words: &mut Words<'_>) -> Option<Day> {
    let month = month(words)?;
    let day = day_of_month(words)?;
    Some(with_year(month, day, words))
}

/// `9 jan`, `20th of April 2020`.
fn day_of_month_first(words: &mut Words<'_>) -> Option<Day> {
    let day = day_of_month(words)?;
    words.eat("of");
    Some(with_year(month(words)?, day, words))
}

fn with_year(month: i8, day: i8, words: &mut Words<'_>) -> Day {
    let year = words.attempt(|words| {
        words.eat_sign(',');
        let digits = words.number().filter(|digits| digits.len() == 4)?;
        // Other four digits are a clock: nobody means the year 2359.
        digits.parse().ok().filter(|year| (1970..2100).contains(year))
    });
    match year {
        Some(year) => Day::Dated { year, month, day },
        None => Day::Yearly { month, day },
    }
}

fn day_of_month(words: &mut Words<'_>) -> Option<i8> {
    let day = one_or_two_digits(words.number()?)?;
    let _ = ["st", "nd", "rd", "th"].iter().any(|ordinal| words.eat(ordinal));
    Some(day)
}

fn one_or_two_digits(digits: &str) -> Option<i8> {
    (digits.len() <= 2).then(|| digits.parse().ok())?
}

fn month(words: &mut Words<'_>) -> Option<i8> {
    let month = match words.word()? {
        "jan" | "january" => 1,
        "feb" | "february" => 2,
        "mar" | "march" => 3,
        "apr" | "april" => 4,
        "may" => 5,
        "jun" | "june" => 6,
        "jul" | "july" => 7,
        "aug" | "august" => 8,
        "sep" | "sept" | "september" => 9,
        "oct" | "october" => 10,
        "nov" | "november" => 11,
        "dec" | "december" => 12,
        _ => return None,
    };
    words.eat_sign('.');
    Some(month)
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tues" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return None,
    })
}
