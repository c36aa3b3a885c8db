//! The built-in templates, what is told of wrong ones, and what typed text cannot do to a page.

use proptest::prelude::*;

use super::{Format, Template, Templates, Written};
use crate::core::document::{Block, Document};
use crate::core::event::Event;
use crate::core::prose::Prose;
use crate::core::rehearsal::{Rehearsal, UNFRIENDLY, full_of, prose, tags};
use crate::core::report::{Report, example, report, updates};

fn reported(room: &Rehearsal) -> Report {
    report(room.incident(), room.people(), &room.desk, &|_| None, room.now())
}

fn mistakes(template: Template, source: &str) -> Vec<String> {
    let own = Templates::with([(template, source.to_owned())]);
    let mistakes = own.err().unwrap_or_default();
    mistakes
        .into_iter()
        .map(|m| format!("{}: {} {}. {}", m.line, m.expression.unwrap_or_default(), m.what, m.remedy))
        .collect()
}

fn own(template: Template, source: &str) -> Templates {
    Templates::with([(template, source.to_owned())]).unwrap()
}

#[test]
fn the_built_in_ones_write_every_example() {
    for template in Template::ALL {
        assert_eq!(mistakes(template, template.built_in()), [""; 0]);
    }
    let templates = Templates::built_in();
    for (report, update) in example::reports() {
        for written in [
            templates.description(&report),
            templates.comment(&report, &update),
            templates.report(&report, Format::Markdown),
            templates.report(&report, Format::Html),
        ] {
            assert!(
                written.text.contains("Declared 2024-02-28 17:00 UTC by Alice")
                    || written.text.starts_with("Update by Bob")
            );
            assert_eq!(written.instead, None);
        }
    }
}

/// Whoever writes a template finds every name of a report in the page that lists them.
#[test]
fn every_name_is_listed() {
    let page = include_str!("../../../docs/TEMPLATES.md");
    let (report, _) = example::reports().remove(0);
    let json = serde_json::to_value(&report).unwrap();
    for (name, value) in json.as_object().unwrap() {
        let begins = [format!("`{name}`"), format!("`{name}.")];
        let row = page.lines().find(|row| row.starts_with('|') && begins.iter().any(|begin| row.contains(begin)));
        let row = row.unwrap_or_else(|| panic!("{name} is not listed"));
        let Some(fields) = value.get(0).unwrap_or(value).as_object() else { continue };
        for field in fields.keys() {
            let told = [format!("`{field}`"), format!("`{field}."), format!("`.{field}`"), format!("`{name}.{field}`")];
            assert!(told.iter().any(|told| row.contains(told)), "{name}.{field} is not listed: {row}");
        }
    }
}

#[test]
fn a_whole_report_in_markdown() {
    let (report, _) = example::reports().remove(0);
    insta::assert_snapshot!(Templates::built_in().report(&report, Format::Markdown).text);
}

#[test]
fn a_report_of_which_nothing_is_known() {
    let (_, (report, _)) = {
        let mut all = example::reports();
        let last = all.pop().unwrap();
        (all, last)
    };
    insta::assert_snapshot!(Templates::built_in().report(&report, Format::Markdown).text);
}

#[test]
fn a_whole_report_in_html() {
    let (report, _) = example::reports().remove(0);
    insta::assert_snapshot!(Templates::built_in().report(&report, Format::Html).text);
}

#[test]
fn a_description_and_a_comment() {
    let (report, update) = example::reports().remove(0);
    let templates = Templates::built_in();
    insta::assert_snapshot!(templates.description(&report).text);
    insta::assert_snapshot!(templates.comment(&report, &update).text, @r"
    Update by Bob at 2024-02-28 17:04 UTC:

    > We are looking into it.
    ");
}

/// What a tracker makes of it has the words that people typed, and no more structure than the template's own.
#[test]
fn what_trackers_read_is_what_people_typed() {
    let mut room = Rehearsal::burning();
    room.alice(".title # <b>*Checkout*</b> & [x](https://evil.example) | _y_").is_ok();
    room.bob(".summary one\n\n- two\n> three <https://wiki.example/a(b)?c=1|the [wiki]>\n```").answer();
    room.alice(".note `code` \\ and 1. item\n2. item").is_ok();
    room.bob(".notify # all *good*").is_ok();
    let report = reported(&room);
    let templates = Templates::built_in();
    insta::assert_debug_snapshot!(Document::read(&templates.description(&report).text));
    let update = updates(room.incident(), room.people()).pop().unwrap();
    let comment = Document::read(&templates.comment(&report, &update).text);
    assert_eq!(comment.blocks.last(), Some(&Block::Quote("# all *good*".into())));
}

#[test]
fn a_mistake_is_told_with_its_line_and_its_name() {
    insta::assert_debug_snapshot!(mistakes(Template::Description, "# {{ titel }}\n\n{{ priority.levle }}\n{{ moments.genesys|utc }}\n"), @r#"
    [
        "1: titel is not something that a template knows. Did you mean title?",
        "3: priority.levle is not something that a template knows. Did you mean priority.level?",
        "4: moments.genesys is not something that a template knows. Did you mean moments.genesis?",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::ReportHtml, "{% if state == 'never' %}{{ sumary }}{% endif %}"), @r#"
    [
        "1: sumary is not something that a template knows. Did you mean summary?",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::ReportMarkdown, "\n{% for row in timeline %}{{ row.dya }}{% endfor %}"), @r#"
    [
        "2: row.dya is not something that a template knows. docs/TEMPLATES.md lists what there is.",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::ReportMarkdown, "{% for row in timeline %}\n{{ row.day }}"), @r#"
    [
        "2: }} cannot be read: unexpected end of input, expected end of block. docs/TEMPLATES.md lists what there is.",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::ReportMarkdown, "{{ title|shout }}"), @r#"
    [
        "1: shout cannot be read: filter shout is unknown. docs/TEMPLATES.md lists what there is.",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::ReportMarkdown, "{{ title|safe }}"), @r#"
    [
        "1: safe cannot be read: filter safe is unknown. docs/TEMPLATES.md lists what there is.",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::ReportMarkdown, "one\n{{ title|utc }}"), @r#"
    [
        "2: utc cannot be read: value is not a string. docs/TEMPLATES.md lists what there is.",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::Description, "{{ update.text }}"), @r#"
    [
        "1: update.text is not something that a template knows. docs/TEMPLATES.md lists what there is.",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::Comment, "{{ update.txt }}"), @r#"
    [
        "1: update.txt is not something that a template knows. Did you mean update.text?",
    ]
    "#);
    insta::assert_debug_snapshot!(mistakes(Template::ReportMarkdown, "{% include 'other' %}"), @r#"
    [
        "1: include cannot be read: unknown statement include. docs/TEMPLATES.md lists what there is.",
    ]
    "#);
}

#[test]
fn every_mistake_of_all_templates_is_told_at_once() {
    let own = [(Template::Description, "{{ a }}".to_owned()), (Template::Comment, "{{ b }}\n{{ c }}".to_owned())];
    assert_eq!(Templates::with(own).unwrap_err().len(), 3);
}

#[test]
fn a_template_that_fails_after_all_is_replaced_by_the_built_in_one() {
    // Both examples have components or none; this one divides by how many there are but three.
    let templates = own(Template::ReportMarkdown, "{{ 6 // (components|length - 3) }}");
    let mut room = Rehearsal::burning();
    room.alice(".components a, b, c").is_ok();
    let Written { text, instead } = templates.report(&reported(&room), Format::Markdown);
    assert!(text.starts_with("# Incident 1: Checkout is down\n"), "{text}");
    assert_eq!(instead.unwrap().line, 1);
}

#[test]
fn links_are_links_and_names_are_names() {
    let mut room = Rehearsal::burning();
    room.alice(".summary see <https://wiki.example/?a=1&b=2|the *wiki*>, says <@U0BOB>").answer();
    let report = reported(&room);
    let written = |format, source: &str| {
        let template = if format == Format::Html { Template::ReportHtml } else { Template::ReportMarkdown };
        own(template, source).report(&report, format).text
    };
    assert_eq!(
        written(Format::Html, "{{ summary }}"),
        "see <a href=\"https://wiki.example/?a=1&amp;b=2\">the *wiki*</a>, says @Bob"
    );
    assert_eq!(
        written(Format::Markdown, "{{ summary }}"),
        "see [the \\*wiki\\*](<https://wiki.example/?a=1&b=2>), says @Bob"
    );
    assert_eq!(
        written(Format::Html, "{{ summary|string }}"),
        "see the *wiki* (https://wiki.example/?a=1&amp;b=2), says @Bob"
    );
    assert_eq!(written(Format::Html, "{{ summary|address }}"), "https://wiki.example/?a=1&amp;b=2");
}

/// Every way to print a text that the language has.
const WAYS: [&str; 12] = [
    "{{ title }}",
    "{{ title|string }}",
    "{{ title|upper }}",
    "{{ title|quote }}",
    "{{ title|hang }}",
    "{{ '<i>' ~ title }}",
    "{{ (title|hang) ~ title }}",
    "{{ [title, title]|join('<br>') }}",
    "{% autoescape false %}{{ title }}{% endautoescape %}",
    "{% set it %}{{ title }}{% endset %}{{ it }}",
    "{% macro it(x) %}{{ x }}{% endmacro %}{{ it(title) }}",
    "{{ title|replace('a', title) }}",
];

#[test]
fn no_way_to_print_a_text_lets_it_be_a_tag() {
    for way in WAYS {
        let mut room = Rehearsal::burning();
        room.records(Event::Titled { title: "<b onclick=\"a\">&".into() });
        let html = own(Template::ReportHtml, way).report(&reported(&room), Format::Html).text;
        let rest = html.replace("<blockquote><p>", "").replace("</p></blockquote>", "");
        assert!(!rest.contains(['<', '>', '"']), "{way}: {html}");
        let markdown = own(Template::ReportMarkdown, way).report(&reported(&room), Format::Markdown).text;
        assert!(!markdown.contains('<'), "{way}: {markdown}");
    }
}

#[test]
fn updates_are_those_that_were_sent() {
    let mut room = Rehearsal::burning();
    room.bob(".notify <@U0ALICE> is on it").is_ok();
    let updates = updates(room.incident(), room.people());
    assert_eq!(updates.len(), 1);
    assert_eq!((updates[0].by.as_str(), updates[0].text.to_string().as_str()), ("Bob", "@Alice is on it"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_is_typed_becomes_a_tag_of_the_report(typed in UNFRIENDLY) {
        let page = |text: Prose| Templates::built_in().report(&reported(&full_of(&text)), Format::Html).text;
        let html = page(prose(&typed));
        prop_assert_eq!(tags(&html), tags(&page("harmless".into())), "{}", html);
    }
}
