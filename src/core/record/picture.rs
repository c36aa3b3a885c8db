//! The course of an incident as a picture: its moments, and what was so from when until when, on one scale. SVG, to stand
//! in a page; its colours are that page's.

use std::fmt::Write;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::html::escaped;
use super::{Record, Tenure};
use crate::core::message::utc;
use crate::core::moments::{Moment, Moments};
use crate::core::when::spoken;

/// Lengths are in pixels at the picture's full width, by which it is scaled.
const WIDTH: f64 = 960.0;
/// Where the scale begins; the lanes' names stand before it.
const LEFT: f64 = 120.0;
/// Where it ends.
const RIGHT: f64 = WIDTH - 12.0;
const LANE: f64 = 26.0;
const BAR: f64 = 20.0;
const MARK_ROW: f64 = 15.0;
/// About how wide a character is in the labels' size.
const CHARACTER: f64 = 6.4;
/// At most so many lines on the scale.
const TICKS: i64 = 9;
/// More blockers at once than this share the last lane.
const BLOCKER_LANES: usize = 4;
/// What is shorter is shown as if it were as long, so that it can be seen.
const SHORTEST: f64 = 2.0;

/// The distances between lines on the scale that read well, in seconds.
const STEPS: [i64; 17] =
    [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];

/// Something that lasted.
struct Bar {
    from: Timestamp,
    until: Timestamp,
    class: &'static str,
    label: String,
}

/// Bars beside each other under one name.
struct Lane {
    name: String,
    bars: Vec<Bar>,
}

/// Which times the picture shows, and where.
struct Scale {
    from: Timestamp,
    until: Timestamp,
}

impl Scale {
    /// From the first moment to the end of the fire, or until now while it burns. What follows, the review, would leave
    /// no room for it.
    fn of(record: &Record) -> Self {
        let moments = &record.moments;
        let fire = [Moment::Started, Moment::Genesis, Moment::Detected, Moment::Acknowledged, Moment::Mitigated];
        let shown: Vec<Timestamp> = fire.into_iter().filter_map(|moment| moments.get(moment)).collect();
        let from = shown.iter().copied().chain([record.declared_at]).min().unwrap_or(record.declared_at);
        let end = moments.resolved.or(moments.canceled).unwrap_or(record.written_at);
        let until = shown.into_iter().chain([end]).max().unwrap_or(end);
        let length = until.duration_since(from).max(SignedDuration::from_mins(1));
        // A little more, so that what happens at the end can be seen.
        let until = from.checked_add(length + length / 25).unwrap_or(until);
        Self { from, until }
    }

    fn x(&self, at: Timestamp) -> f64 {
        let length = self.until.duration_since(self.from).as_secs_f64();
        let part = at.duration_since(self.from).as_secs_f64() / length;
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn shows(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.until
    }

    /// The lines: whole minutes, hours or days in UTC.
    fn ticks(&self) -> Vec<Timestamp> {
        let length = self.until.duration_since(self.from).as_secs();
        let step = STEPS.into_iter().find(|step| length / step < TICKS).unwrap_or(length / TICKS + 1);
        let first = self.from.as_second().div_euclid(step) + 1;
        let ticks = (first..).map(|n| n * step).take_while(|second| *second <= self.until.as_second());
        ticks.filter_map(|second| Timestamp::from_second(second).ok()).collect()
    }
}

/// The picture, and what could not be drawn in it.
pub(super) fn draw(record: &Record) -> String {
    let scale = Scale::of(record);
    let marks = marks(record, &scale);
    let lanes = lanes(record, &scale);
    let rows = marks.iter().map(|mark| mark.row + 1).max().unwrap_or_default();
    let top = 8.0 + MARK_ROW * count(rows);
    let bottom = top + LANE * count(lanes.len() + 1);
    let height = bottom + 40.0;
    let mut out = String::new();
    let lasted = spoken(scale.until.duration_since(scale.from));
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"course-title\">\n\
         <title id=\"course-title\">The course of incident {}: {lasted} from {}</title>",
        record.number,
        utc(scale.from)
    );
    axis(&scale, top, bottom, &mut out);
    // Before the lanes, so that no line runs through their words.
    for mark in &marks {
        let y = 8.0 + MARK_ROW * count(mark.row);
        let _ = writeln!(
            out,
            "<line class=\"moment\" x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>\n\
             <text class=\"moment\" x=\"{:.1}\" y=\"{:.1}\"{}>{}</text>",
            if mark.to_the_left { mark.x - 4.0 } else { mark.x + 4.0 },
            y + 10.0,
            if mark.to_the_left { " text-anchor=\"end\"" } else { "" },
            mark.label,
            x = mark.x,
        );
    }
    for (lane, n) in lanes.iter().zip(0..) {
        let y = top + LANE * f64::from(n);
        let _ = writeln!(
            out,
            "<text class=\"lane\" x=\"0\" y=\"{:.1}\">{}</text>",
            y + 17.0,
            escaped(&cut(&lane.name, LEFT - 8.0))
        );
        for bar in &lane.bars {
            draw_bar(bar, &scale, y + (LANE - BAR) / 2.0, &mut out);
        }
    }
    entries(record, &scale, bottom - LANE, &mut out);
    out.push_str("</svg>\n");
    out
}

/// The moments that lie beyond the picture's end.
pub(super) fn beyond(record: &Record) -> Vec<(&'static str, Timestamp)> {
    let scale = Scale::of(record);
    let set = Moment::ALL.into_iter().filter_map(|moment| Some((moment.word(), record.moments.get(moment)?)));
    set.filter(|(_, at)| !scale.shows(*at)).collect()
}

fn axis(scale: &Scale, top: f64, bottom: f64, out: &mut String) {
    let mut day = None;
    for at in scale.ticks() {
        let (x, zoned) = (scale.x(at), at.to_zoned(TimeZone::UTC));
        let _ = writeln!(
            out,
            "<line class=\"tick\" x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{:.1}\"/>\n\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            bottom + 4.0,
            bottom + 17.0,
            zoned.strftime("%H:%M")
        );
        if day.replace(zoned.date()) != Some(zoned.date()) {
            let _ = writeln!(
                out,
                "<text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
                bottom + 31.0,
                zoned.strftime("%b %-d")
            );
        }
    }
}

/// A moment in the picture.
struct Mark {
    x: f64,
    label: String,
    row: usize,
    /// Whether its label stands before the line, since behind it there is no room.
    to_the_left: bool,
}

/// The moments, their labels in so many rows that none stands on another.
fn marks(record: &Record, scale: &Scale) -> Vec<Mark> {
    let set = Moment::ALL.into_iter().filter_map(|moment| Some((moment, record.moments.get(moment)?)));
    let mut set: Vec<(Moment, Timestamp)> = set.filter(|(_, at)| scale.shows(*at)).collect();
    set.sort_by_key(|(_, at)| *at);
    let mut ends: Vec<f64> = Vec::new();
    let mut out = Vec::new();
    for (moment, at) in set {
        let label = format!("{} {}", moment.word(), at.to_zoned(TimeZone::UTC).strftime("%H:%M"));
        let (x, width) = (scale.x(at), CHARACTER * count(label.chars().count()) + 10.0);
        let to_the_left = x + width > WIDTH;
        let begins = if to_the_left { x - width } else { x };
        let free = ends.iter().position(|end| *end <= begins);
        let row = free.unwrap_or(ends.len());
        let end = if to_the_left { x } else { x + width };
        match ends.get_mut(row) {
            Some(taken) => *taken = end,
            None => ends.push(end),
        }
        out.push(Mark { x, label, row, to_the_left });
    }
    out
}

fn lanes(record: &Record, scale: &Scale) -> Vec<Lane> {
    let mut lanes = vec![Lane { name: "phase".to_owned(), bars: phases(&record.moments, record.declared_at, scale) }];
    let bar = |from, until: Option<Timestamp>, class, label: &str| Bar {
        from,
        until: until.unwrap_or(scale.until),
        class,
        label: label.to_owned(),
    };
    let levels = record.priority_history.iter();
    lanes.push(Lane {
        name: "priority".to_owned(),
        bars: levels.map(|at| bar(at.from, at.until, "level", &at.level)).collect(),
    });
    // In the order of the roles; each has a lane of its own once somebody had it.
    let mut tenures: Vec<&Tenure> = record.role_history.iter().collect();
    tenures.sort_by_key(|tenure| tenure.role as usize);
    for of_one in tenures.chunk_by(|one, next| one.role == next.role) {
        let in_turn = of_one.iter().zip(["one", "other"].into_iter().cycle());
        let bars = in_turn.map(|(tenure, class)| bar(tenure.from, tenure.until, class, &tenure.who.name));
        let name = of_one.first().map(|tenure| tenure.called.clone()).unwrap_or_default();
        lanes.push(Lane { name, bars: bars.filter(|bar| bar.from <= scale.until).collect() });
    }
    lanes.extend(blocked(record, scale));
    lanes.retain(|lane| !lane.bars.is_empty());
    lanes
}

/// What the moments divide the fire into. A moment that is not set, or not in order, divides nothing.
fn phases(moments: &Moments, declared: Timestamp, scale: &Scale) -> Vec<Bar> {
    let begin = moments.genesis.unwrap_or(declared);
    let end = moments.resolved.or(moments.canceled).unwrap_or(scale.until);
    let last = if moments.mitigated.is_some() { "recovery" } else { "response" };
    let mut bars: Vec<Bar> = Vec::new();
    let mut from = begin;
    for (until, class, label) in [
        (moments.detected, "undetected", "not detected"),
        (moments.acknowledged, "unanswered", "nobody on it"),
        (moments.mitigated, "response", "response"),
        (Some(end), last, last),
    ] {
        let Some(until) = until.map(|until| until.min(end)).filter(|until| *until > from) else { continue };
        bars.push(Bar { from, until, class, label: label.to_owned() });
        from = until;
    }
    bars
}

/// Blockers that were open at once stand below each other.
fn blocked(record: &Record, scale: &Scale) -> Vec<Lane> {
    let mut lanes: Vec<(Timestamp, Lane)> = Vec::new();
    for blocker in record.blockers.iter().filter(|blocker| blocker.since <= scale.until) {
        let until = blocker.until.unwrap_or(scale.until);
        let label = format!("{} {}", blocker.id, blocker.whom);
        let bar = Bar { from: blocker.since, until, class: "blocked", label };
        let free = lanes.iter().position(|(end, _)| *end <= blocker.since);
        match free.or((lanes.len() >= BLOCKER_LANES).then(|| lanes.len() - 1)).and_then(|lane| lanes.get_mut(lane)) {
            Some((end, lane)) => {
                *end = until.max(*end);
                lane.bars.push(bar);
            }
            None => lanes.push((until, Lane { name: "blocked".to_owned(), bars: vec![bar] })),
        }
    }
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

fn draw_bar(bar: &Bar, scale: &Scale, y: f64, out: &mut String) {
    let (x, end) = (scale.x(bar.from), scale.x(bar.until));
    let width = (end - x).max(SHORTEST);
    let lasted = spoken(bar.until.duration_since(bar.from));
    let _ = writeln!(
        out,
        "<g class=\"bar\"><title>{label}: {lasted}, from {}</title>\
         <rect class=\"{}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"3\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
        utc(bar.from),
        bar.class,
        x + 6.0,
        y + 14.0,
        escaped(&cut(&bar.label, width - 10.0)),
        label = escaped(&bar.label),
    );
}

/// Each entry of the log as a stroke, so that it can be seen when much went on; what was told to others as a dot.
fn entries(record: &Record, scale: &Scale, y: f64, out: &mut String) {
    use crate::core::event::EntryKind::{CommUpdate, Summary};
    let _ = writeln!(out, "<text class=\"lane\" x=\"0\" y=\"{:.1}\">log, updates</text>", y + 17.0);
    for entry in record.log.iter().filter(|entry| scale.shows(entry.at)) {
        let x = scale.x(entry.at);
        let _ = match entry.kind {
            CommUpdate | Summary => {
                writeln!(out, "<circle class=\"update\" cx=\"{x:.1}\" cy=\"{:.1}\" r=\"4\"/>", y + LANE / 2.0)
            }
            _ => writeln!(
                out,
                "<line class=\"entry\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{:.1}\"/>",
                y + 7.0,
                y + LANE - 7.0
            ),
        };
    }
}

/// As much of a label as there is room for.
fn cut(label: &str, width: f64) -> String {
    let room = label.chars().zip(1..).take_while(|(_, n)| CHARACTER * f64::from(*n) <= width).count();
    let length = label.chars().count();
    match room {
        room if room >= length => label.to_owned(),
        0..=2 => String::new(),
        room => label.chars().take(room - 1).chain(['…']).collect(),
    }
}

/// As a length; there are never so many of anything that it would not be exact.
fn count(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
