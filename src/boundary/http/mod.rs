//! Calls to other people's HTTP APIs, with the manners that all of them share: https, or http to this machine only; a
//! time in which a call ends; a bound on what is read; no credentials to another host than the one they are for;
//! secrets that do not print.
//!
//! ```no_run
//! use breakingbot::boundary::http::{Address, Client, Credentials, Secret};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let address = Address::parse("https://wiki.example/wp-json")?;
//! let credentials = Credentials::Basic { user: "bot".to_owned(), password: Secret::new("abcd efgh") };
//! let client = Client::new(address, credentials);
//! let answer = client.get("wp/v2/posts").query("slug", "incident-12").send().await?;
//! if answer.is_success() {
//!     let posts: Vec<serde_json::Value> = answer.json()?;
//! }
//! # Ok(())
//! # }
//! ```

mod address;
mod answer;
mod client;
mod secret;
mod tls;

pub use address::{Address, AddressError, encoded};
pub use answer::{Answer, BadBody, HttpError};
pub use client::{Client, Limits, Request};
pub use secret::{Credentials, Secret};
pub(crate) use tls::{connector, tls};
