//! The floor: what two commits and one HTTP call cost on this machine, one after the other, without any bot.

use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use trial::bench::Trouble;

use crate::figures::Latencies;

/// How often it is measured.
const TIMES: usize = 500;
/// A row about as large as the ones that the bot writes.
const ROW: usize = 400;

/// The time for two commits and one call of the playground's `api.test`, over a connection that is kept.
pub async fn measure(url: &str, sqlite: bool, workspace: &playground::Playground) -> Result<Latencies, Trouble> {
    let database = open(url, sqlite).await?;
    let filler = "x".repeat(ROW);
    let insert = format!("INSERT INTO floor (body) VALUES ('{filler}')");
    let mut http = Http::connect(workspace).await?;
    let mut latencies = Latencies::default();
    for turn in 0..TIMES + 50 {
        let began = Instant::now();
        database.execute_unprepared(&insert).await?;
        database.execute_unprepared(&insert).await?;
        http.call().await?;
        // The first ones warm up.
        if turn >= 50 {
            latencies.add(began.elapsed());
        }
    }
    database.close().await?;
    Ok(latencies)
}

async fn open(url: &str, sqlite: bool) -> Result<DatabaseConnection, Trouble> {
    let url = if sqlite { format!("{url}?mode=rwc") } else { url.to_owned() };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).acquire_timeout(Duration::from_secs(5));
    let database = Database::connect(options).await?;
    if sqlite {
        for pragma in ["PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"] {
            database.execute_unprepared(pragma).await?;
        }
    }
    let id = if sqlite { "INTEGER PRIMARY KEY" } else { "BIGSERIAL PRIMARY KEY" };
    database.execute_unprepared(&format!("CREATE TABLE floor (id {id}, body TEXT)")).await?;
    Ok(database)
}

/// One HTTP/1.1 connection, by hand: the least that a call can cost.
struct Http {
    stream: tokio::net::TcpStream,
    request: String,
}

impl Http {
    async fn connect(playground: &playground::Playground) -> Result<Self, Trouble> {
        let address = playground.address();
        let stream = tokio::net::TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "POST /api/api.test HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        Ok(Self { stream, request })
    }

    async fn call(&mut self) -> Result<(), Trouble> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        self.stream.write_all(self.request.as_bytes()).await?;
        let mut answer = Vec::new();
        let mut buffer = [0_u8; 4096];
        loop {
            let count = self.stream.read(&mut buffer).await?;
            if count == 0 {
                return Err(Trouble::from("the playground closed the connection"));
            }
            answer.extend_from_slice(buffer.get(..count).unwrap_or_default());
            let text = String::from_utf8_lossy(&answer).to_lowercase();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            let length: usize = length.and_then(|digits| digits.trim().parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Ok(());
            }
        }
    }
}
