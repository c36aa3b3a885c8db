//! A small app that the tests are: it calls methods and reads its socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use playground::{APP_TOKEN, BOT_TOKEN, Options, Playground, Workspace};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Long enough for a busy machine; nothing waits this long when all is well.
pub const LIMIT: Duration = Duration::from_secs(20);

pub struct App {
    pub playground: Playground,
    pub slack: Workspace,
    pub http: reqwest::Client,
}

impl App {
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let playground = Playground::start(options).await.unwrap();
        let slack = playground.workspace();
        // No idle connections: the faults close them under the client.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { playground, slack, http }
    }

    /// Calls a method with JSON arguments and the bot's token.
    pub async fn call(&self, method: &str, arguments: Value) -> Value {
        self.send(method, BOT_TOKEN, &arguments).await.unwrap().json().await.unwrap()
    }

    pub async fn send(&self, method: &str, token: &str, arguments: &Value) -> reqwest::Result<reqwest::Response> {
        let address = format!("{}/{method}", self.playground.api_url());
        self.http.post(address).bearer_auth(token).json(arguments).send().await
    }

    /// Calls a method that must work.
    pub async fn ok(&self, method: &str, arguments: Value) -> Value {
        let answer = self.call(method, arguments.clone()).await;
        assert_eq!(answer["ok"], true, "{method} {arguments}: {answer}");
        answer
    }

    /// Calls a method that must be refused with this code.
    pub async fn refused(&self, method: &str, arguments: Value, code: &str) -> Value {
        let answer = self.call(method, arguments.clone()).await;
        assert_eq!(answer["error"], code, "{method} {arguments}: {answer}");
        answer
    }

    /// Posts a text in a channel.
    pub async fn post(&self, channel: &str, text: &str) -> String {
        let answer = self.ok("chat.postMessage", json!({ "channel": channel, "text": text })).await;
        answer["ts"].as_str().unwrap().to_owned()
    }

    /// A path of the server that is not the API.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.playground.page_url())
    }

    pub async fn connect(&self) -> Socket {
        let answer: Value =
            self.send("apps.connections.open", APP_TOKEN, &json!({})).await.unwrap().json().await.unwrap();
        let (stream, _) = tokio_tungstenite::connect_async(answer["url"].as_str().unwrap()).await.unwrap();
        let mut socket = Socket { stream };
        let hello = socket.read().await;
        assert_eq!(hello["type"], "hello", "{hello}");
        socket
    }
}

pub struct Socket {
    pub stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// The next frame, or nothing when the connection ends.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match tokio::time::timeout(LIMIT, self.stream.next()).await.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return None,
            }
        }
    }

    pub async fn read(&mut self) -> Value {
        self.next().await.expect("a frame")
    }

    pub async fn acknowledge(&mut self, envelope: &Value) {
        let text = json!({ "envelope_id": envelope["envelope_id"] }).to_string();
        self.stream.send(Message::Text(text.into())).await.unwrap();
    }

    /// The next event, acknowledged.
    pub async fn event(&mut self) -> Value {
        let envelope = self.read().await;
        self.acknowledge(&envelope).await;
        envelope["payload"]["event"].clone()
    }
}
