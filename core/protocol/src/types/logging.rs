//! Log levels and log lines. Specification: server utilities, "Logging".

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::raw::{Text, push_string};

/// The eight levels of RFC 5424, least severe first.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Details for whoever debugs.
    Debug,
    /// Ordinary messages.
    Info,
    /// Ordinary, and worth noting.
    Notice,
    /// Something may go wrong.
    Warning,
    /// Something went wrong.
    Error,
    /// A part has failed.
    Critical,
    /// Somebody must act at once.
    Alert,
    /// The system cannot be used.
    Emergency,
}

impl Level {
    /// All levels, least severe first.
    pub const ALL: [Self; 8] = [
        Self::Debug,
        Self::Info,
        Self::Notice,
        Self::Warning,
        Self::Error,
        Self::Critical,
        Self::Alert,
        Self::Emergency,
    ];

    /// The name, as it travels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }

    /// The level of exactly this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The parameters of a log line. `data` is any JSON.
pub fn log_params(level: Level, logger: Option<&str>, data: &[u8]) -> Vec<u8> {
    let mut out = br#"{"level":"#.to_vec();
    push_string(&mut out, level.as_str());
    if let Some(logger) = logger {
        out.extend_from_slice(br#","logger":"#);
        push_string(&mut out, logger);
    }
    out.extend_from_slice(br#","data":"#);
    out.extend_from_slice(data);
    out.push(b'}');
    out
}

/// A log line, as a client reads it.
#[derive(Clone, Debug)]
pub struct LogMessage<'a> {
    /// How severe it is.
    pub level: Level,
    /// Which part of the server it comes from.
    pub logger: Option<Cow<'a, str>>,
    /// What it says: any JSON, often a string.
    pub data: &'a RawValue,
}

impl<'a> LogMessage<'a> {
    /// Reads the parameters. Fails with [`ErrorKind::InvalidParams`].
    pub fn parse(params: Option<&'a RawValue>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Params<'a> {
            #[serde(borrow)]
            level: Text<'a>,
            #[serde(borrow)]
            logger: Option<Text<'a>>,
            #[serde(borrow)]
            data: &'a RawValue,
        }
        let wrong = || Error::new(ErrorKind::InvalidParams, "a log line has a level and data");
        let p: Params<'a> = serde_json::from_str(params.ok_or_else(wrong)?.get()).map_err(|_| wrong())?;
        let level = Level::parse(&p.level.0).ok_or_else(wrong)?;
        Ok(Self { level, logger: p.logger.map(|text| text.0), data: p.data })
    }
}

/// The parameters of `logging/setLevel`.
#[derive(Copy, Clone, Debug)]
pub struct SetLevelParams {
    /// The least severe level that is wanted.
    pub level: Level,
}

impl SetLevelParams {
    /// Reads the parameters. Fails with [`ErrorKind::InvalidParams`].
    pub fn parse(params: Option<&RawValue>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Params<'a> {
            #[serde(borrow)]
            level: Text<'a>,
        }
        let wrong = || Error::new(ErrorKind::InvalidParams, "params.level must be one of the eight levels");
        let p: Params<'_> = serde_json::from_str(params.ok_or_else(wrong)?.get()).map_err(|_| wrong())?;
        Level::parse(&p.level.0).map(|level| Self { level }).ok_or_else(wrong)
    }

    /// The parameters as they travel.
    pub fn to_json(self) -> Vec<u8> {
        format!(r#"{{"level":"{}"}}"#, self.level).into_bytes()
    }
}
