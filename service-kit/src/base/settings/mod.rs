//! Settings read the same way by all services: as text, validated together, errors reported together.

mod client_secrets;
mod command_line;
mod errors;
mod secret;

pub use client_secrets::{ClientSecret, parse_client_secrets};
pub use command_line::{parse, try_parse_from, variable};
pub use errors::{ConfigErrors, InvalidConfig};
pub use secret::{SettingError, local_secret, secret};

use std::time::Duration;

use url::Url;

/// Validates the URL of a database. The driver panics on an invalid one.
///
/// # Errors
/// With the reason, never with the URL, which may contain a password.
pub fn check_database_url(url: &str) -> Result<(), String> {
    if !["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err("must begin with sqlite://, postgres:// or postgresql://".to_owned());
    }
    let hint = "in user and password, `@ : / ? #` are written as `%40 %3A %2F %3F %23`";
    Url::parse(url).map(drop).map_err(|error| format!("cannot be read, {error}; {hint}"))
}

/// Reads durations such as `100ms`, `10s`, `30days`.
///
/// # Errors
/// When the text is not a duration.
pub fn duration(text: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_schemes_of_postgresql_are_accepted_and_errors_never_contain_the_url() {
        for good in ["sqlite:///a/b", "postgres://u:p@h:1/d?sslmode=require", "postgresql://h/d"] {
            assert_eq!(check_database_url(good), Ok(()));
        }
        for bad in ["mysql://hunter2@h/d", "", "postgres://u:hunter2/x@h/d", "postgresql://u:hunter2@h:port/d"] {
            let error = check_database_url(bad).expect_err(bad);
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
