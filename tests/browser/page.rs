//! The playground's page, as a person uses it: reads, types, clicks.

use std::path::Path;
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};

use super::browser::Window;

/// Longer than anything takes, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Page {
    window: Window,
}

impl Page {
    /// Opens the page and waits until the bot is there.
    pub async fn open(window: Window, address: &str) -> Self {
        let page = Self { window };
        page.client().goto(&format!("http://{address}/")).await.unwrap();
        page.shows("#app", "app connected").await;
        page
    }

    pub async fn speaks_as(&self, name: &str) {
        let options = self.client().find_all(Locator::Css("#speaker option")).await.unwrap();
        for option in options {
            if option.text().await.unwrap().starts_with(name) {
                option.click().await.unwrap();
                return;
            }
        }
        panic!("nobody is called {name}");
    }

    pub async fn goes_to(&self, channel: &str) {
        let link = format!("#channels [data-channel=\"{channel}\"]");
        self.until(&format!("#{channel} is listed"), async || self.client().find(Locator::Css(&link)).await.is_ok())
            .await;
        self.client().find(Locator::Css(&link)).await.unwrap().click().await.unwrap();
        self.shows("#head h1", channel).await;
    }

    /// Types a line into the message box and sends it.
    pub async fn says(&self, line: &str) {
        let before = self.mine().await.len();
        let composer = self.client().find(Locator::Id("composer")).await.unwrap();
        composer.send_keys(line).await.unwrap();
        composer.send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
        self.until(&format!("{line} is there"), async || self.mine().await.len() > before).await;
    }

    /// Says it; the answer is this reaction.
    pub async fn gets(&self, line: &str, emoji: &str) {
        self.says(line).await;
        let reaction = format!(".reaction[data-name=\"{emoji}\"]");
        self.until(&format!("{line} gets {emoji}"), async || {
            let Some(last) = self.mine().await.pop() else { return false };
            last.find(Locator::Css(&reaction)).await.is_ok()
        })
        .await;
    }

    /// Says it, opens the thread under it and reads the answer; the thread stays open.
    pub async fn asks(&self, line: &str) -> String {
        self.closes_thread().await;
        self.says(line).await;
        self.until(&format!("{line} is answered"), async || {
            let Some(last) = self.mine().await.pop() else { return false };
            match last.find(Locator::Css(".open-thread")).await {
                Ok(thread) => thread.click().await.is_ok(),
                Err(_) => false,
            }
        })
        .await;
        self.until_some(&format!("the answer to {line} is shown"), async || {
            let messages = self.client().find_all(Locator::Css("#thread .message")).await.ok()?;
            let first = messages.first()?.text().await.ok()?;
            let last = messages.last()?.text().await.ok()?;
            (messages.len() > 1 && first.contains(line)).then_some(last)
        })
        .await
    }

    /// Closes the thread when one is open.
    pub async fn closes_thread(&self) {
        let close = self.client().find(Locator::Id("close-thread")).await.unwrap();
        if close.is_displayed().await.unwrap() {
            close.click().await.unwrap();
            self.until("the thread is closed", async || close.is_displayed().await.is_ok_and(|shown| !shown)).await;
        }
    }

    /// Waits until an element shows a text.
    pub async fn shows(&self, selector: &str, text: &str) {
        self.until(&format!("{selector} shows {text:?}"), async || {
            match self.client().find(Locator::Css(selector)).await {
                Ok(element) => element.text().await.is_ok_and(|shown| shown.contains(text)),
                Err(_) => false,
            }
        })
        .await;
    }

    pub async fn is_pictured(&self, file: impl AsRef<Path>) {
        std::fs::write(file, self.client().screenshot().await.unwrap()).unwrap();
    }

    pub async fn closes(self) {
        self.window.client.close().await.unwrap();
    }

    fn client(&self) -> &Client {
        &self.window.client
    }

    /// What the speaker said here, as far as it is shown.
    async fn mine(&self) -> Vec<Element> {
        let speaker =
            self.client().find(Locator::Id("speaker")).await.unwrap().prop("value").await.unwrap().unwrap_or_default();
        let mine = format!("#messages .message[data-user=\"{speaker}\"]");
        self.client().find_all(Locator::Css(&mine)).await.unwrap_or_default()
    }

    async fn until(&self, what: &str, so: impl AsyncFn() -> bool) {
        self.until_some(what, async || so().await.then_some(())).await;
    }

    async fn until_some<T>(&self, what: &str, find: impl AsyncFn() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = find().await {
                return found;
            }
            if Instant::now() > end {
                let picture = pictures().join("failed.png");
                self.is_pictured(&picture).await;
                panic!("waited in vain until {what}; see {}", picture.display());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Where screenshots go.
pub fn pictures() -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
