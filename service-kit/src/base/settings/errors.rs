//! Collected errors of settings, so that one start reports all of them.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::secret::secret;
use super::{duration, variable};

/// All invalid settings, one per line.
#[derive(Debug, thiserror::Error)]
pub struct InvalidConfig(Vec<String>);

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} setting(s) cannot be used:", self.0.len())?;
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Collects errors while reading goes on with default values.
#[derive(Debug, Default)]
pub struct ConfigErrors(Vec<String>);

impl ConfigErrors {
    /// Returns `config` if there were no errors.
    ///
    /// # Errors
    /// [`InvalidConfig`] with all errors.
    pub fn finish<T>(self, config: T) -> Result<T, InvalidConfig> {
        if self.0.is_empty() { Ok(config) } else { Err(InvalidConfig(self.0)) }
    }

    /// Adds an error.
    pub fn add(&mut self, error: impl Into<String>) {
        self.0.push(error.into());
    }

    /// Rejects a variable set under its old name `before`: ignoring it would change a setting unnoticed.
    pub fn renamed(&mut self, before: &str, now: &str) {
        if variable(before).is_some() {
            self.add(format!("{before}: renamed, set {now} instead"));
        }
    }

    /// Returns the value, default adds the error and returns the default.
    pub fn take<T, E: fmt::Display>(&mut self, name: &str, result: Result<T, E>, default: T) -> T {
        result.unwrap_or_else(|error| {
            self.0.push(format!("{name}: {error}"));
            default
        })
    }

    /// Reads a secret from its value or its file; absent or empty is `None`.
    pub fn secret(
        &mut self,
        name: &'static str,
        value: Option<&SecretString>,
        file: Option<&Path>,
    ) -> Option<SecretString> {
        self.take(name, secret(name, value.cloned(), file), None).filter(|secret| !secret.expose_secret().is_empty())
    }

    /// Reads a duration within bounds.
    pub fn duration(&mut self, name: &str, text: &str, min: Duration, max: Duration) -> Duration {
        let value = duration(text).map_err(|error| error.to_string()).and_then(|value| {
            let (low, high) = (humantime::format_duration(min), humantime::format_duration(max));
            if (min..=max).contains(&value) { Ok(value) } else { Err(format!("must be {low} to {high}")) }
        });
        self.take(name, value, min)
    }

    /// Reads a number within bounds.
    pub fn number<T: FromStr<Err: fmt::Display> + PartialOrd + fmt::Display + Copy>(
        &mut self,
        name: &str,
        text: &str,
        (min, max): (T, T),
    ) -> T {
        let value = text.trim().parse::<T>().map_err(|error| error.to_string()).and_then(|value| {
            if min <= value && value <= max { Ok(value) } else { Err(format!("must be {min} to {max}")) }
        });
        self.take(name, value, min)
    }

    /// Reads `true` or `false`; absent or empty is the default.
    pub fn flag(&mut self, name: &str, text: Option<&str>, default: bool) -> bool {
        match text.map(str::trim) {
            None | Some("") => default,
            Some(text) => self.take(name, text.parse().map_err(|_| "must be true or false"), default),
        }
    }

    /// Reads one of some names, case-insensitively; absent or empty is the default.
    pub fn one_of<T: Copy>(&mut self, name: &str, text: Option<&str>, names: &[(&str, T)], default: T) -> T {
        let text = text.map(str::trim).unwrap_or_default();
        let known = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
        if text.is_empty() {
            return default;
        }
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        self.take(name, known.ok_or_else(|| format!("must be one of {}", names.join(", "))), default)
    }

    /// Reads the address of a server.
    pub fn address(&mut self, name: &str, text: &str) -> SocketAddr {
        self.take(name, text.trim().parse(), SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}
