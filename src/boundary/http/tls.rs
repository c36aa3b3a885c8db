//! How connections are made, and the certificates that are trusted.

use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tracing::warn;

/// Connects to https and http addresses. Calls are small: Nagle's algorithm would hold one back until the other end has
/// acknowledged what went before.
pub(crate) fn connector(tls: rustls::ClientConfig) -> HttpsConnector<HttpConnector> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp)
}

/// The machine's own certificates, so that a company's proxy works; the ones compiled in where there are none.
pub(crate) fn tls() -> rustls::ClientConfig {
    // Two providers are compiled in, so rustls would panic when asked to choose. A second installation fails, and that
    // is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match rustls::ClientConfig::builder().with_native_roots() {
        Ok(builder) => builder.with_no_client_auth(),
        Err(error) => {
            warn!(%error, "this machine has no certificates; using the ones compiled in");
            rustls::ClientConfig::builder().with_webpki_roots().with_no_client_auth()
        }
    }
}
