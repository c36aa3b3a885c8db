//! The certificates that are trusted.

use hyper_rustls::ConfigBuilderExt;
use tracing::warn;

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
