# syntax=docker/dockerfile:1
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
# The toolchain of the image, whatever components rust-toolchain.toml asks for.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src

# Rebuilds and restarts the bot when the code changes: docker compose --profile dev up.
FROM build AS dev
RUN cargo install watchexec-cli --locked
ENV HOST=0.0.0.0 CARGO_TARGET_DIR=/target
CMD ["watchexec", "--restart", "--stop-signal", "SIGTERM", "--watch", "src", "--watch", "migration", "--watch", "playground", "--watch", "Cargo.toml", "--", "cargo", "run"]

FROM build AS release
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked && cp target/release/breakingbot /breakingbot

FROM debian:bookworm-slim
# The certificates that Slack's are checked against, and a folder for a SQLite file.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home breakingbot
COPY --from=release /breakingbot /usr/local/bin/breakingbot
USER breakingbot
WORKDIR /data
VOLUME /data
# Few threads share the allocator, and each arena more keeps memory that nobody uses.
ENV HOST=0.0.0.0 PORT=8080 LOG_FORMAT=json MALLOC_ARENA_MAX=1
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["breakingbot", "healthcheck"]
ENTRYPOINT ["breakingbot"]
