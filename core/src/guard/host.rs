//! Host and Origin rules of an HTTP listener, against DNS rebinding.
//! Specification: `basic/transports/streamable-http` (Security & Endpoint).
use dovetail_protocol::{Error, ErrorKind};

/// Which hosts and origins a server answers.
#[derive(Clone, Debug)]
pub(crate) struct HostPolicy {
    hosts: Vec<String>,
    origins: Vec<String>,
    any_host: bool,
}

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl HostPolicy {
    /// The policy of a listener. A loopback listener answers loopback names by default; any other one answers
    /// only the names in `hosts` (`*`: every name).
    ///
    /// # Errors
    /// `invalid_argument` when a listener that is not on loopback has no list.
    pub(crate) fn new(loopback: bool, hosts: &[String], origins: &[String]) -> Result<Self, Error> {
        let mut allowed: Vec<String> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        if loopback {
            allowed.extend(LOOPBACK.map(str::to_owned));
        } else if allowed.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                "a listener beyond loopback needs `allowed_hosts`: the names its users type (or \"*\" when a \
                 proxy checks them)",
            ));
        }
        Ok(Self {
            any_host: allowed.iter().any(|host| host == "*"),
            hosts: allowed,
            origins: origins.iter().map(|origin| origin.to_ascii_lowercase()).collect(),
        })
    }

    /// Checks the two headers of a request.
    ///
    /// # Errors
    /// `forbidden`, with what to configure.
    pub(crate) fn check(&self, host: Option<&str>, origin: Option<&str>) -> Result<(), Error> {
        if !self.any_host {
            let Some(host) = host else {
                return Err(Error::new(ErrorKind::Forbidden, "the Host header is missing"));
            };
            if !self.knows(host) {
                return Err(Error::new(
                    ErrorKind::Forbidden,
                    "this Host is not served here; add it to `allowed_hosts` if it should be",
                ));
            }
        }
        let Some(origin) = origin else { return Ok(()) };
        let lower = origin.to_ascii_lowercase();
        let same_host = lower
            .strip_prefix("http://")
            .or_else(|| lower.strip_prefix("https://"))
            .is_some_and(|authority| !self.any_host && self.knows(authority));
        if same_host || self.origins.contains(&lower) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Forbidden,
            "this Origin is not allowed here; add it to `allowed_origins` if it should be",
        ))
    }

    /// Whether an authority (`host` or `host:port`) is on the list; an entry without a port allows every port.
    fn knows(&self, authority: &str) -> bool {
        let name = without_port(authority);
        self.hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(name) || allowed.eq_ignore_ascii_case(authority))
    }
}

/// The host of an authority, or the whole text when its port is not a number.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port))
            if !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && (!host.contains(':') || host.starts_with('[')) =>
        {
            host
        }
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_listeners_answer_loopback_names_only() {
        let policy = HostPolicy::new(true, &[], &[]).expect("loopback needs no list");
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]", "[::1]:80"] {
            assert!(policy.check(Some(host), None).is_ok(), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil:80",
            "localhost.",
            "localhost:80x",
            "::1",
            "",
        ] {
            assert!(policy.check(Some(host), None).is_err(), "{host}");
        }
        assert!(policy.check(None, None).is_err());
    }

    #[test]
    fn foreign_origins_are_refused() {
        let policy = HostPolicy::new(true, &[], &["https://app.example".to_owned()]).expect("valid");
        for origin in ["http://localhost:3000", "http://127.0.0.1", "https://app.example"] {
            assert!(policy.check(Some("localhost"), Some(origin)).is_ok(), "{origin}");
        }
        for origin in ["null", "http://evil.example", "https://app.example.evil", "file://localhost", ""] {
            assert!(policy.check(Some("localhost"), Some(origin)).is_err(), "{origin}");
        }
    }

    #[test]
    fn open_listeners_need_a_list() {
        assert!(HostPolicy::new(false, &[], &[]).is_err());
        let policy = HostPolicy::new(false, &["mcp.example".to_owned()], &[]).expect("valid");
        assert!(policy.check(Some("mcp.example:443"), None).is_ok());
        assert!(policy.check(Some("localhost"), None).is_err());
    }
}
