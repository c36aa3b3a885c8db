//! The copies' lives: each ends by a kill at any moment, or by itself at a named place.

use std::os::unix::process::ExitStatusExt;

use breakingbot::crash;
use rand::Rng;
use rand::rngs::StdRng;
use trial::bench::{Bench, Trouble};

/// What a process that aborts dies of.
const ABORTED: i32 = 6;
/// A place is passed fewer times than this before the copy ends there.
fn passes(place: &str) -> u32 {
    match place {
        // Once in a life.
        crash::ONLY_SHARED => 1,
        // Only after something was missed.
        "missed.recorded" => 8,
        _ => 25,
    }
}

/// The lives of all copies.
pub struct Lives {
    /// The places that this kind of database knows.
    places: Vec<&'static str>,
    /// Where each copy is to end by itself, if it lives that long.
    ends: Vec<Option<&'static str>>,
    /// How many lives began to be given a place.
    given: usize,
    /// How many ended there, in the order of the places.
    ended: Vec<usize>,
}

impl Lives {
    /// All copies begin, and are to live.
    ///
    /// # Errors
    /// When one cannot be started.
    pub fn begin(bench: &mut Bench) -> Result<Self, Trouble> {
        let sqlite = bench.is_sqlite();
        let places: Vec<_> =
            crash::POINTS.into_iter().filter(|place| !sqlite || *place != crash::ONLY_SHARED).collect();
        for copy in 0..bench.copies() {
            bench.spawn(copy, &[])?;
        }
        Ok(Self { ended: vec![0; places.len()], ends: vec![None; bench.copies()], places, given: 0 })
    }

    /// A copy is killed, if it still lives.
    ///
    /// # Errors
    /// When it cannot be killed, or ended in a way that nobody intended.
    pub async fn kill(&mut self, bench: &mut Bench, copy: usize) -> Result<(), Trouble> {
        self.look(bench, copy)?;
        bench.kill(copy).await
    }

    /// The killed copy lives again, and so do those that ended by themselves. Every other life is given a place where it
    /// ends by itself, one place after the other.
    ///
    /// # Errors
    /// When one cannot be started, or ended in a way that nobody intended.
    pub fn again(&mut self, bench: &mut Bench, killed: usize, random: &mut StdRng) -> Result<(), Trouble> {
        for copy in 0..bench.copies() {
            if self.look(bench, copy)? || copy == killed {
                self.give(copy);
                let end = self.ends.get(copy).copied().flatten();
                let end = end.map(|end| ("CRASH_AT", format!("{end}:{}", random.random_range(0..passes(end)))));
                bench.spawn(copy, end.as_slice())?;
            }
        }
        Ok(())
    }

    fn give(&mut self, copy: usize) {
        self.given += 1;
        let place = self.given.is_multiple_of(2).then(|| self.places.get(self.given / 2 % self.places.len())).flatten();
        if let Some(end) = self.ends.get_mut(copy) {
            *end = place.copied();
        }
    }

    /// All copies begin once more, and live.
    ///
    /// # Errors
    /// When one cannot be killed or started, or ended in a way that nobody intended.
    pub async fn calm(&mut self, bench: &mut Bench) -> Result<(), Trouble> {
        for copy in 0..bench.copies() {
            self.kill(bench, copy).await?;
            bench.spawn(copy, &[])?;
        }
        self.ends.fill(None);
        Ok(())
    }

    /// All are killed.
    ///
    /// # Errors
    /// When one cannot be killed, or ended in a way that nobody intended.
    pub async fn end(&mut self, bench: &mut Bench) -> Result<(), Trouble> {
        for copy in 0..bench.copies() {
            self.kill(bench, copy).await?;
        }
        Ok(())
    }

    /// Whether a copy ended by itself, which is counted once.
    fn look(&mut self, bench: &mut Bench, copy: usize) -> Result<bool, Trouble> {
        let Some(status) = bench.ended(copy) else { return Ok(false) };
        let Some(place) = self.ends.get_mut(copy).and_then(Option::take) else {
            return Err(format!("copy {copy} ended by itself ({status}):\n{}", last_words(bench, copy)).into());
        };
        if status.signal() != Some(ABORTED) {
            return Err(format!("copy {copy} ended with {status}:\n{}", last_words(bench, copy)).into());
        }
        if let Some(count) = self.places.iter().position(|one| *one == place).and_then(|at| self.ended.get_mut(at)) {
            *count += 1;
        }
        Ok(true)
    }

    /// How many lives ended at which place.
    pub fn crashes(&self) -> String {
        let told = self.places.iter().zip(&self.ended).map(|(place, count)| format!("{place} {count}"));
        format!("{} ({})", self.ended.iter().sum::<usize>(), told.collect::<Vec<_>>().join(", "))
    }
}

fn last_words(bench: &Bench, copy: usize) -> String {
    let log = bench.log(copy);
    let lines: Vec<&str> = log.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(10)).copied().collect::<Vec<_>>().join("\n")
}
