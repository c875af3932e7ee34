//! Collecting what is wrong with settings, so that one start shows all of it.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use super::{duration, variable};
use crate::server::ServerSettings;
use crate::telemetry::TraceTrust;

/// Every setting that is not acceptable, one a line.
#[derive(Debug, thiserror::Error)]
pub struct InvalidConfig(Vec<String>);

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} setting(s) cannot be used:", self.0.len())?;
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Collects what is wrong and goes on with a stand-in.
#[derive(Debug, Default)]
pub struct ConfigErrors(Vec<String>);

impl ConfigErrors {
    /// Gives `config` if nothing was wrong.
    ///
    /// # Errors
    /// [`InvalidConfig`] with everything that was.
    pub fn finish<T>(self, config: T) -> Result<T, InvalidConfig> {
        if self.0.is_empty() { Ok(config) } else { Err(InvalidConfig(self.0)) }
    }

    /// Notes that something is wrong.
    pub fn add(&mut self, complaint: impl Into<String>) {
        self.0.push(complaint.into());
    }

    /// Rejects a variable that is set under the name it had before `now`: ignoring it would change a setting unnoticed.
    pub fn renamed(&mut self, before: &str, now: &str) {
        if variable(before).is_some() {
            self.add(format!("{before}: renamed, set {now} instead"));
        }
    }

    /// Takes a value, or notes why there is none and takes the stand-in.
    pub fn take<T, E: fmt::Display>(&mut self, name: &str, result: Result<T, E>, otherwise: T) -> T {
        result.unwrap_or_else(|error| {
            self.0.push(format!("{name}: {error}"));
            otherwise
        })
    }

    /// Reads a duration within bounds.
    pub fn duration(&mut self, name: &str, text: &str, least: Duration, most: Duration) -> Duration {
        let value = duration(text).map_err(|error| error.to_string()).and_then(|value| {
            let (low, high) = (humantime::format_duration(least), humantime::format_duration(most));
            if (least..=most).contains(&value) { Ok(value) } else { Err(format!("must be {low} to {high}")) }
        });
        self.take(name, value, least)
    }

    /// Reads a number within bounds.
    pub fn number<T: FromStr<Err: fmt::Display> + PartialOrd + fmt::Display + Copy>(
        &mut self,
        name: &str,
        text: &str,
        (least, most): (T, T),
    ) -> T {
        let value = text.trim().parse::<T>().map_err(|error| error.to_string()).and_then(|value| {
            if least <= value && value <= most { Ok(value) } else { Err(format!("must be {least} to {most}")) }
        });
        self.take(name, value, least)
    }

    /// Reads `true` or `false`; nothing or an empty text is `otherwise`.
    pub fn flag(&mut self, name: &str, text: Option<&str>, otherwise: bool) -> bool {
        match text.map(str::trim) {
            None | Some("") => otherwise,
            Some(text) => self.take(name, text.parse().map_err(|_| "must be true or false"), otherwise),
        }
    }

    /// Reads one of some words, whatever its case; nothing or an empty text is `otherwise`.
    pub fn one_of<T: Copy>(&mut self, name: &str, text: Option<&str>, words: &[(&str, T)], otherwise: T) -> T {
        let text = text.map(str::trim).unwrap_or_default();
        let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
        if text.is_empty() {
            return otherwise;
        }
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        self.take(name, known.ok_or_else(|| format!("must be one of {}", names.join(", "))), otherwise)
    }

    /// Reads the address of a server.
    pub fn address(&mut self, name: &str, text: &str) -> SocketAddr {
        self.take(name, text.trim().parse(), SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Reads how a server listens and leaves; `prefix` is that of the service's variables, such as `AUTH_`.
    pub fn server(&mut self, prefix: &str, text: &ServerText<'_>) -> ServerSettings {
        let mut server = ServerSettings::new(self.address(&format!("{prefix}LISTEN"), text.listen));
        let hour = Duration::from_secs(3600);
        if let Some(workers) = text.workers.filter(|workers| !workers.is_empty()) {
            server.workers = self.number(&format!("{prefix}WORKERS"), workers, (1, 1024));
        }
        server.start_delay = self.duration(&format!("{prefix}START_DELAY"), text.start_delay, Duration::ZERO, hour);
        server.drain_timeout =
            self.duration(&format!("{prefix}DRAIN_TIMEOUT"), text.drain_timeout, Duration::ZERO, hour);
        server.shutdown_delay =
            self.duration(&format!("{prefix}SHUTDOWN_DELAY"), text.shutdown_delay, Duration::ZERO, hour);
        let name = format!("{prefix}REQUIRE_REQUEST_ID");
        server.rules.require_request_id = self.flag(&name, text.require_request_id, false);
        let callers =
            [("trust", TraceTrust::Trust), ("resample", TraceTrust::Resample), ("restart", TraceTrust::Restart)];
        let name = format!("{prefix}TRACE_CALLERS");
        server.rules.callers = self.one_of(&name, text.trace_callers, &callers, TraceTrust::default());
        server
    }
}

/// [`ServerSettings`] as they were given.
#[derive(Debug, Clone, Copy)]
pub struct ServerText<'a> {
    /// Address and port.
    pub listen: &'a str,
    /// Worker threads.
    pub workers: Option<&'a str>,
    /// Time not to listen while it is not ready.
    pub start_delay: &'a str,
    /// Time to finish what is under way.
    pub drain_timeout: &'a str,
    /// Time to go on accepting.
    pub shutdown_delay: &'a str,
    /// Whether to turn away what comes without an id.
    pub require_request_id: Option<&'a str>,
    /// What to believe of callers' traces.
    pub trace_callers: Option<&'a str>,
}
