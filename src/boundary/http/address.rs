//! Where a server is.

use std::fmt;
use std::net::IpAddr;

use axum::http::Uri;
use axum::http::uri::{Authority, Scheme};

/// The base of an API: https, or http to this machine only. It ends without a slash and has no query.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    scheme: Scheme,
    authority: Authority,
    path: String,
}

/// Why a text is no address of an API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an address.
    #[error("is no address like https://example.com")]
    NotAnAddress,
    /// It holds a user or a password, which do not belong there.
    #[error("holds a user or a password")]
    HoldsCredentials,
    /// Secrets would cross a network in the clear.
    #[error("is plain http to {0}, which would send secrets unencrypted; http is for addresses of this machine only")]
    PlainHttp(String),
}

impl Address {
    /// Checks an address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim().trim_end_matches('/');
        let parts = text.parse::<Uri>().map_err(|_| AddressError::NotAnAddress)?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(AddressError::NotAnAddress);
        };
        if authority.as_str().contains('@') {
            return Err(AddressError::HoldsCredentials);
        }
        let is_http = scheme == Scheme::HTTP;
        if authority.host().is_empty() || !(is_http || scheme == Scheme::HTTPS) || text.contains(['?', '#']) {
            return Err(AddressError::NotAnAddress);
        }
        if is_http && !is_loopback(authority.host()) {
            return Err(AddressError::PlainHttp(authority.host().to_owned()));
        }
        let path = parts.path_and_query.map(|path| path.path().trim_end_matches('/').to_owned()).unwrap_or_default();
        Ok(Self { scheme, authority, path })
    }

    /// Its host, without the port.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// The base that is so much further down; `path` is [encoded](encoded) already.
    #[must_use]
    pub fn below(&self, path: &str) -> Self {
        Self { path: format!("{}/{}", self.path, path.trim_matches('/')), ..self.clone() }
    }

    /// Where a path below it is; the path's own segments are [encoded](encoded) already.
    pub(super) fn at(&self, path_and_query: &str) -> Result<Uri, axum::http::Error> {
        let path = format!("{}/{}", self.path, path_and_query.trim_start_matches('/'));
        Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone()).path_and_query(path).build()
    }

    /// Where an answer to a call of `uri` sends it: the address on this same server, or the host that it is not for.
    pub(super) fn redirected(&self, uri: &Uri, location: &str) -> Result<Uri, String> {
        let target: Uri = location.parse().map_err(|_| "an address that cannot be read".to_owned())?;
        let Some(authority) = target.authority() else {
            let path = target.path_and_query().map_or("/", |path| path.as_str());
            let path = match path.starts_with('/') {
                true => path.to_owned(),
                false => format!("{}/{path}", uri.path().rsplit_once('/').map_or("", |(folder, _)| folder)),
            };
            let built =
                Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone()).path_and_query(path);
            return built.build().map_err(|_| "an address that cannot be read".to_owned());
        };
        let port = |scheme: &Scheme, authority: &Authority| {
            authority.port_u16().unwrap_or(if *scheme == Scheme::HTTPS { 443 } else { 80 })
        };
        let scheme = target.scheme().unwrap_or(&self.scheme);
        let is_same = *scheme == self.scheme
            && authority.host().eq_ignore_ascii_case(self.authority.host())
            && port(scheme, authority) == port(&self.scheme, &self.authority);
        if is_same { Ok(target) } else { Err(format!("{scheme}://{authority}")) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A text as one segment of a path or one value of a query: all but RFC 3986's unreserved characters as `%XX`.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in ["https://a.example/x/", "http://127.0.0.1:3000", "http://[::1]:1/api", "http://localhost"] {
            let address = Address::parse(good).unwrap();
            assert_eq!(address.to_string(), good.trim_end_matches('/'));
        }
        let plain = |host: &str| Err(AddressError::PlainHttp(host.to_owned()));
        assert_eq!(Address::parse("http://a.example/x"), plain("a.example"));
        assert_eq!(Address::parse("http://127.0.0.1.evil.example/"), plain("127.0.0.1.evil.example"));
        assert_eq!(Address::parse("https://bot:pw@a.example"), Err(AddressError::HoldsCredentials));
        for bad in ["", "a.example", "ftp://a.example", "https://", "not an address", "https://a.example/?x=1"] {
            assert_eq!(Address::parse(bad), Err(AddressError::NotAnAddress), "{bad}");
        }
    }

    #[test]
    fn paths_stand_below_the_base() {
        let address = Address::parse("https://a.example/wiki/").unwrap();
        assert_eq!(address.at("rest/x?y=1").unwrap().to_string(), "https://a.example/wiki/rest/x?y=1");
        assert_eq!(address.below("/wp-json/").to_string(), "https://a.example/wiki/wp-json");
        assert_eq!(encoded("a b/é@"), "a%20b%2F%C3%A9%40");
    }

    #[test]
    fn only_the_same_server_is_followed() {
        let address = Address::parse("https://a.example/api").unwrap();
        let from = address.at("x/y").unwrap();
        let to = |location: &str| address.redirected(&from, location).map(|uri| uri.to_string());
        assert_eq!(to("https://a.example:443/z"), Ok("https://a.example:443/z".to_owned()));
        assert_eq!(to("/z?q"), Ok("https://a.example/z?q".to_owned()));
        for elsewhere in ["https://b.example/", "http://a.example/", "https://a.example:8443/", "https://a.example.b/"]
        {
            assert!(to(elsewhere).is_err(), "{elsewhere}");
        }
    }
}
