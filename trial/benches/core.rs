//! What the core costs: hearing a command, deciding it, changing the incident, telling what follows. Run with
//! `cargo bench -p trial`.
#![expect(missing_docs, reason = "criterion_group makes a function without any")]

use std::collections::BTreeMap;
use std::hint::black_box;

use breakingbot::core::commands::{Components, Context, Heard, Place, Services, decide, hear};
use breakingbot::core::delivery::Delivery;
use breakingbot::core::desk::Desk;
use breakingbot::core::effects::effects;
use breakingbot::core::event::{evolve, fold};
use breakingbot::core::ids::{IncidentId, Source};
use breakingbot::core::inbound::{Inbound, Outcome};
use breakingbot::core::incident::Incident;
use breakingbot::core::person::Person;
use breakingbot::core::prose::Prose;
use breakingbot::core::turn;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

/// How many notes the incidents have.
const SIZES: [usize; 2] = [10, 1_000];

/// A desk, somebody who types there, and where.
struct Scene {
    desks: [Desk; 1],
    author: Person,
    source: Source,
    people: BTreeMap<breakingbot::core::ids::UserId, Person>,
    delivery: Delivery,
    components: Components,
}

impl Scene {
    fn new() -> Self {
        let author = Person::unheard_of("U0ALICE".into());
        let people = [(author.id.clone(), author.clone())].into();
        let source = Source { channel: "C0MAIN".into(), message: "1709139600.000100".into(), thread: None };
        Self {
            desks: [Desk::with_defaults("main", "C0MAIN")],
            author,
            source,
            people,
            delivery: Delivery::default(),
            components: Components::Any,
        }
    }

    fn desk(&self) -> &Desk {
        let [desk] = &self.desks;
        desk
    }

    fn context(&self) -> Context<'_> {
        Context {
            now: jiff::Timestamp::UNIX_EPOCH,
            author: &self.author,
            source: &self.source,
            desk: self.desk(),
            desks: &self.desks,
            people: &self.people,
            board: &[],
            delivery: &self.delivery,
            history: None,
            next_number: Some(IncidentId(1)),
            services: Services::default(),
            tracking: None,
            components: &self.components,
        }
    }

    /// A burning incident with so many notes.
    fn incident(&self, notes: usize) -> Incident {
        let mut incident = self.says(None, ".start Checkout is down", Place::Main);
        let outcome = Outcome::ChannelOpened { channel: "C0ROOM".into(), name: "breaking-1".into() };
        let opened = Inbound::Came { incident: incident.id, outcome };
        let turn = turn::happened(&incident, &opened, jiff::Timestamp::UNIX_EPOCH, self.desk());
        incident = turn.after.unwrap_or(incident);
        for _ in 0..notes {
            incident = self.says(Some(&incident), ".note The cache was cleared", Place::Incident);
        }
        incident
    }

    fn says(&self, incident: Option<&Incident>, line: &str, place: Place) -> Incident {
        let turn = turn::typed(incident, &Prose::from(line), place, &self.context());
        turn.after.unwrap_or_else(|| panic!("{line} changes nothing"))
    }
}

fn parse(criterion: &mut Criterion) {
    let scene = Scene::new();
    let mut group = criterion.benchmark_group("parse");
    for line in [".note The cache was cleared", ".mitigated 20 minutes ago", ".strat Checkout is down", "all is well"] {
        let text = Prose::from(line);
        group.bench_function(line, |bench| bench.iter(|| hear(black_box(&text), scene.desk(), Place::Incident)));
    }
    group.finish();
}

fn decided(criterion: &mut Criterion) {
    let scene = Scene::new();
    let mut group = criterion.benchmark_group("decide");
    for notes in SIZES {
        let incident = scene.incident(notes);
        for line in [".note The cache was cleared", ".point", ".mitigated 20 minutes ago", ".stop", ".status"] {
            let text = Prose::from(line);
            let Heard::Command(typed) = hear(&text, scene.desk(), Place::Incident) else { panic!("{line}") };
            group.bench_function(BenchmarkId::new(line, notes), |bench| {
                bench.iter(|| decide(Some(black_box(&incident)), &typed, &scene.context()));
            });
        }
    }
    group.finish();
}

fn evolved(criterion: &mut Criterion) {
    let scene = Scene::new();
    let mut group = criterion.benchmark_group("evolve");
    for notes in SIZES {
        let incident = scene.incident(notes);
        let Some(last) = incident.events.last() else { panic!("it has events") };
        group.bench_function(BenchmarkId::new("one more event", notes), |bench| {
            bench.iter(|| {
                let mut after = black_box(&incident).clone();
                evolve(&mut after, last);
                after
            });
        });
        group.bench_function(BenchmarkId::new("all events", notes), |bench| {
            bench.iter(|| fold(incident.id, black_box(&incident).events.iter().cloned()));
        });
    }
    group.finish();
}

fn followed(criterion: &mut Criterion) {
    let scene = Scene::new();
    let mut group = criterion.benchmark_group("effects");
    for notes in SIZES {
        let before = scene.incident(notes);
        for line in [".note The cache was cleared", ".point", ".title Checkout is slow", ".stop"] {
            let after = scene.says(Some(&before), line, Place::Incident);
            let events: Vec<_> = after.events.beyond(before.events.len()).cloned().collect();
            group.bench_function(BenchmarkId::new(line, notes), |bench| {
                bench.iter(|| effects(black_box(&before), &after, &events, scene.desk()));
            });
        }
    }
    group.finish();
}

criterion_group!(core, parse, decided, evolved, followed);
criterion_main!(core);
