//! `breakingbot playground`: only the local Slack, for a bot that runs elsewhere.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use ::playground::{APP_TOKEN, BOT_TOKEN, Options, Playground};
use clap::Args;

use super::signals::Signals;
use super::{Failed, taken};
use crate::boundary::slack::Token;
use crate::config::{Settings, Tokens};

/// Run only the local Slack, for a bot that runs in another process.
///
/// It prints the address of its page, and the variables with which a bot finds it. What is said there is gone when it
/// ends.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The port on 127.0.0.1; 0 takes any free one, and PORT is used when this is left out.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

impl Serve {
    pub(super) async fn run(&self, settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
        let mut signals = Signals::listen()?;
        let port = self.port.unwrap_or(settings.port);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let playground =
            Playground::start(Options { port, ..options() }).await.map_err(|error| taken(address, &error))?;
        writeln!(out, "The playground is at {}", playground.page_url())?;
        writeln!(out, "SLACK_API_URL={}", playground.api_url())?;
        writeln!(out, "SLACK_BOT_TOKEN={BOT_TOKEN}")?;
        writeln!(out, "SLACK_APP_TOKEN={APP_TOKEN}")?;
        out.flush()?;
        signals.next().await;
        playground.stop().await;
        Ok(())
    }
}

/// How a playground for people is.
pub(super) fn options() -> Options {
    Options::default()
}

/// The tokens that every playground takes.
pub(super) fn tokens() -> Tokens {
    Tokens { app: Token::new(APP_TOKEN), bot: Token::new(BOT_TOKEN) }
}
