//! `breakingbot healthcheck`: asks the bot that runs on this machine how it is, for a container without other tools.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use super::Failed;
use crate::config::Settings;

/// A bot that takes longer than this is not well.
const PATIENCE: Duration = Duration::from_secs(4);

pub(super) fn run(settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
    let host = match settings.host {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    let address = SocketAddr::new(host, settings.port);
    let answer = ask(address)
        .map_err(|error| Failed::because(format!("Nothing answers at http://{address}/healthcheck: {error}.")))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    writeln!(out, "{}", body.trim())?;
    match head.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(Failed::because("The bot is not well.")),
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /healthcheck HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
