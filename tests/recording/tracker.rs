#![allow(dead_code, reason = "each kind of tests uses a part of it")]
//! An issue tracker in memory that is strict: it makes a thing again when it is told that it surely was not made, it
//! knows its issues only by what it gave out, and it can be away or lose its answers.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakingbot::boundary::issue_tracker::{
    ActionItem, Attempt, Document, Fields, Finding, Issue, IssueTracker, Link, Pending, Phase, Standing, TrackerError,
};
use breakingbot::core::document::Block;
use tokio::sync::watch;

/// An issue as the tracker has it.
#[derive(Clone, Debug)]
pub struct Kept {
    pub issue: Issue,
    pub key: String,
    pub fields: Fields,
    pub status: String,
    /// Where the bot left it last.
    pub left_at: String,
    pub links: Vec<Link>,
    pub comments: Vec<(String, Document)>,
    pub children: Vec<(String, Issue, ActionItem)>,
}

/// What becomes of the next call that it is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is done.
    Away,
    /// It is done, and nobody hears of it.
    LosesAnswer,
    /// It is refused for good.
    Refuses,
    /// It is too fast.
    Throttles(Duration),
}

#[derive(Default)]
struct World {
    issues: Vec<Kept>,
    calls: Vec<String>,
    is_away: bool,
    /// For the next calls of that name.
    troubles: VecDeque<(&'static str, Trouble)>,
    components: Vec<String>,
}

/// The tracker.
#[derive(Default)]
pub struct Tracker {
    world: Mutex<World>,
    changed: watch::Sender<u64>,
}

impl Tracker {
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// It does not answer, until it does again.
    pub fn is_away(&self, is_away: bool) {
        self.world.lock().unwrap().is_away = is_away;
    }

    /// The next call of that name meets with this.
    pub fn troubles(&self, call: &'static str, trouble: Trouble) {
        self.world.lock().unwrap().troubles.push_back((call, trouble));
    }

    pub fn has_components(&self, names: &[&str]) {
        self.world.lock().unwrap().components = names.iter().map(|name| (*name).to_owned()).collect();
    }

    /// It has this issue already.
    pub fn has_issue(&self, key: &str) {
        let mut world = self.world.lock().unwrap();
        let number = world.issues.len() + 1;
        let fields = Fields {
            title: "Checkout is down".to_owned(),
            description: Document::new(),
            level: breakingbot::core::ids::Level(4),
            components: Vec::new(),
            people: Vec::new(),
            moments: breakingbot::core::moments::Moments::default(),
        };
        world.issues.push(Kept {
            issue: issue(number, key),
            key: format!("made before as {key}"),
            fields,
            status: "To do".to_owned(),
            left_at: "To do".to_owned(),
            links: Vec::new(),
            comments: Vec::new(),
            children: Vec::new(),
        });
    }

    /// A person moves an issue.
    pub fn is_moved(&self, key: &str, status: &str) {
        let mut world = self.world.lock().unwrap();
        world.issues.iter_mut().find(|kept| kept.issue.key == key).expect("there is such an issue").status =
            status.to_owned();
    }

    /// The names of the calls so far, in order.
    pub fn calls(&self) -> Vec<String> {
        self.world.lock().unwrap().calls.clone()
    }

    pub fn forget_calls(&self) {
        self.world.lock().unwrap().calls.clear();
    }

    pub fn issues(&self) -> Vec<Kept> {
        self.world.lock().unwrap().issues.clone()
    }

    /// Waits until this can be found.
    pub async fn until<T>(&self, what: &str, mut find: impl FnMut(&[Kept], &[String]) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        let search = async {
            loop {
                changed.borrow_and_update();
                {
                    let world = self.world.lock().unwrap();
                    if let Some(found) = find(&world.issues, &world.calls) {
                        return found;
                    }
                }
                changed.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(Duration::from_secs(30), search).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain until {what}: {:?}\n{}", self.calls(), self.shown()),
        }
    }

    /// All issues, as people see them.
    pub fn shown(&self) -> String {
        let mut out = String::new();
        for kept in self.issues() {
            let Kept { issue, fields, status, links, comments, children, .. } = kept;
            let Fields { title, description, level, components, people, moments } = fields;
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{} [{status}] {level} {title}", issue.key);
            let people: Vec<String> =
                people.iter().map(|(role, who)| format!("{}: {}", role.word(), who.name)).collect();
            for (what, names) in [("people", people), ("components", components)] {
                if !names.is_empty() {
                    let _ = writeln!(out, "  {what}: {}", names.join(", "));
                }
            }
            for moment in breakingbot::core::moments::Moment::ALL {
                if let Some(at) = moments.get(moment) {
                    let _ = writeln!(out, "  {}: {at}", moment.word());
                }
            }
            for link in links {
                let _ = match link {
                    Link::Page { label, .. } => writeln!(out, "  link: {label}"),
                    Link::Issue(issue) => writeln!(out, "  link: {}", issue.key),
                };
            }
            out.push_str(&indented(&description));
            for (_, text) in comments {
                out.push_str("  comment\n");
                out.push_str(&indented(&text));
            }
            for (_, issue, item) in children {
                let _ = writeln!(out, "  {} {}", issue.key, item.title);
                out.push_str(&indented(&item.detail));
            }
        }
        out
    }

    fn call<T>(
        &self,
        name: &'static str,
        about: &str,
        work: impl FnOnce(&mut World) -> Result<T, TrackerError>,
    ) -> Result<T, TrackerError> {
        let result = {
            let mut world = self.world.lock().unwrap();
            world.calls.push(format!("{name} {about}").trim().to_owned());
            let trouble = match world.troubles.front() {
                _ if world.is_away => Some(Trouble::Away),
                Some((of, trouble)) if *of == name => Some(*trouble),
                _ => None,
            };
            if !world.is_away && trouble.is_some() {
                world.troubles.pop_front();
            }
            match trouble {
                None => work(&mut world),
                Some(Trouble::Away) => {
                    Err(TrackerError::Transient { call: name, why: "nobody answers".to_owned(), begun: false })
                }
                Some(Trouble::LosesAnswer) => {
                    let _ = work(&mut world);
                    Err(TrackerError::Unknown { call: name, why: "the answer was lost".to_owned() })
                }
                Some(Trouble::Refuses) => Err(TrackerError::Refused {
                    code: "403".to_owned(),
                    sentence: "The bot may not do that.".to_owned(),
                }),
                Some(Trouble::Throttles(retry_after)) => {
                    Err(TrackerError::Throttled { retry_after, call: name, begun: false })
                }
            }
        };
        self.changed.send_modify(|count| *count += 1);
        result
    }
}

fn issue(number: usize, key: &str) -> Issue {
    Issue {
        id: format!("{}", 10_000 + number),
        key: key.to_owned(),
        url: format!("https://tracker.example/browse/{key}"),
    }
}

fn indented(document: &Document) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        for text in text.lines() {
            let _ = writeln!(out, "    {text}");
        }
    };
    for block in &document.blocks {
        match block {
            Block::Heading { text, .. } => line(format!("# {}", text.plain())),
            Block::Paragraph(text) => line(text.plain()),
            Block::Quote(text) => text.plain().lines().for_each(|text| line(format!("> {text}"))),
            Block::List { items, .. } => items.iter().for_each(|item| line(format!("- {}", item.plain()))),
            other => line(format!("{other:?}")),
        }
    }
    out
}

fn status_of(phase: Phase) -> &'static str {
    match phase {
        Phase::Started => "To do",
        Phase::Acknowledged | Phase::Mitigated => "In progress",
        Phase::Blocked => "Waiting",
        Phase::Resolved | Phase::ReadyForReview => "In review",
        Phase::Completed => "Done",
        Phase::Canceled => "Canceled",
    }
}

impl World {
    fn find(&mut self, issue: &Issue) -> Result<&mut Kept, TrackerError> {
        let gone = || TrackerError::Gone { issue: issue.key.clone(), sentence: "It is not there.".to_owned() };
        self.issues.iter_mut().find(|kept| kept.issue == *issue).ok_or_else(gone)
    }
}

impl Kept {
    fn standing(&self) -> Standing {
        Standing { status: self.status.clone(), by_hand: self.status != self.left_at }
    }
}

fn check(fields: &Fields) -> Result<(), TrackerError> {
    let Fields { title, people, .. } = fields;
    if title.is_empty() || title.contains('\n') || title.chars().count() > 255 {
        return Err(TrackerError::Refused {
            code: "400".to_owned(),
            sentence: format!("The title {title:?} is none."),
        });
    }
    assert!(people.iter().all(|(_, who)| !who.name.is_empty()));
    Ok(())
}

impl IssueTracker for Tracker {
    fn name(&self) -> &'static str {
        "Memory"
    }

    fn create<'a>(&'a self, attempt: &'a Attempt, fields: &'a Fields) -> Pending<'a, Result<Issue, TrackerError>> {
        Box::pin(async move {
            self.call("create", "", |world| {
                check(fields)?;
                let key = attempt.key.to_string();
                if attempt.may_be_done()
                    && let Some(kept) = world.issues.iter().find(|kept| kept.key == key)
                {
                    return Ok(kept.issue.clone());
                }
                let number = world.issues.len() + 1;
                let issue = issue(number, &format!("OPS-{number}"));
                world.issues.push(Kept {
                    issue: issue.clone(),
                    key,
                    fields: fields.clone(),
                    status: "To do".to_owned(),
                    left_at: "To do".to_owned(),
                    links: Vec::new(),
                    comments: Vec::new(),
                    children: Vec::new(),
                });
                Ok(issue)
            })
        })
    }

    fn update<'a>(
        &'a self,
        _: &'a Attempt,
        issue: &'a Issue,
        fields: &'a Fields,
    ) -> Pending<'a, Result<Standing, TrackerError>> {
        Box::pin(async move {
            self.call("update", &issue.key, |world| {
                check(fields)?;
                let kept = world.find(issue)?;
                kept.fields = fields.clone();
                Ok(kept.standing())
            })
        })
    }

    fn transition<'a>(
        &'a self,
        _: &'a Attempt,
        issue: &'a Issue,
        to: Phase,
    ) -> Pending<'a, Result<Standing, TrackerError>> {
        Box::pin(async move {
            self.call("transition", &format!("{} {}", issue.key, to.word()), |world| {
                let kept = world.find(issue)?;
                if kept.status == kept.left_at || kept.status == status_of(to) {
                    status_of(to).clone_into(&mut kept.status);
                    kept.left_at.clone_from(&kept.status);
                }
                Ok(kept.standing())
            })
        })
    }

    fn comment<'a>(
        &'a self,
        attempt: &'a Attempt,
        issue: &'a Issue,
        text: &'a Document,
    ) -> Pending<'a, Result<(), TrackerError>> {
        Box::pin(async move {
            self.call("comment", &issue.key, |world| {
                let kept = world.find(issue)?;
                let key = attempt.key.to_string();
                if !(attempt.may_be_done() && kept.comments.iter().any(|(known, _)| *known == key)) {
                    kept.comments.push((key, text.clone()));
                }
                Ok(())
            })
        })
    }

    fn link<'a>(&'a self, _: &'a Attempt, issue: &'a Issue, to: &'a Link) -> Pending<'a, Result<(), TrackerError>> {
        Box::pin(async move {
            self.call("link", &issue.key, |world| {
                let kept = world.find(issue)?;
                if !kept.links.contains(to) {
                    kept.links.push(to.clone());
                }
                Ok(())
            })
        })
    }

    fn child<'a>(
        &'a self,
        attempt: &'a Attempt,
        parent: &'a Issue,
        item: &'a ActionItem,
    ) -> Pending<'a, Result<Issue, TrackerError>> {
        Box::pin(async move {
            self.call("child", &parent.key, |world| {
                let kept = world.find(parent)?;
                let key = attempt.key.to_string();
                let known = kept.children.iter().find(|(known, ..)| *known == key);
                if attempt.may_be_done()
                    && let Some((_, issue, _)) = known
                {
                    return Ok(issue.clone());
                }
                let name = format!("{}-{}", kept.issue.key, kept.children.len() + 1);
                let url = format!("https://tracker.example/browse/{name}");
                let issue = Issue { id: format!("1{}", name.len()), key: name, url };
                kept.children.push((key, issue.clone(), item.clone()));
                Ok(issue)
            })
        })
    }

    fn components(&self) -> Pending<'_, Result<Vec<String>, TrackerError>> {
        Box::pin(async move { self.call("components", "", |world| Ok(world.components.clone())) })
    }

    fn check(&self) -> Pending<'_, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }
}
