# `just` is optional (https://just.systems); each recipe is the plain command that it prints.

# The recipes.
default:
    @just --list

# The bot: with Slack tokens in .env on Slack, without on its playground.
run:
    cargo run

# All tests.
test:
    cargo test

# A whole incident in a real browser (Chromium and its driver); what it looked like is in target/screenshots.
browser:
    cargo test --test browser

# Every fault under every action; words choose among the cells: just faults throttled::start.
faults *words:
    cargo test --test faults {{words}}

# Kills the bot so many times after a tracker or a report platform did what it was asked and before that is on record.
kills number:
    KILLS={{number}} cargo test --test program kills -- --nocapture

# Fuzzes every target (or those named) side by side for so many seconds: just fuzz 60.
fuzz seconds *targets:
    fuzz/run {{seconds}} {{targets}}

# Formatting, lints, licences and advisories.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo deny check

# The bot, built and started again whenever the code changes (cargo install watchexec-cli).
dev:
    watchexec --restart --stop-signal SIGTERM --watch src --watch migration --watch playground --watch Cargo.toml --watch .env --watch breakingbot.toml -- cargo run

# The tests, run again whenever the code changes; words choose among them: just test-watch config.
test-watch *words:
    watchexec --restart --watch src --watch tests --watch migration --watch playground --watch Cargo.toml -- cargo test {{words}}

# What the core costs; words choose among the benchmarks: just bench decide.
bench *words:
    cargo bench -p trial -- {{words}}

# How fast the bot is, as its users meet it; words are options: just load --database postgres.
load *options:
    cargo build --release
    cargo run --release -p trial --bin load -- {{options}}

# What a database with many incidents costs: a look for reminders, and verify.
scale *options:
    cargo run --release -p trial --bin scale -- {{options}}

# Kills the bot again and again while people use it, and compares what they typed with what is there.
chaos *options:
    cargo build --release --features crash-points --target-dir target/chaos
    cargo run --release -p trial --bin chaos -- --bot target/chaos/release/breakingbot {{options}}

# People talk in 200 incident channels while the bot is killed; the history is held against what the channels hold.
chatter *options:
    cargo build --release
    cargo run --release -p trial --bin chatter -- {{options}}

# Everything that must hold before a change is merged.
ci:
    .ci/run
