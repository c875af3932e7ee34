//! Command lines in which an empty environment variable counts as unset.
//!
//! Compose files and shells cannot unset a variable, only empty it: `AUTH_WORKERS=` means the default. clap treats an
//! empty variable as a value, so it is hidden from clap before parsing: one rule for every setting of every program.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command, Parser};

/// Variables of OpenTelemetry, which must never prevent a start.
const TELEMETRY: &str = "OTEL_";

/// Parses the command line and environment of this process. On errors and `--help` it prints and exits as clap does:
/// code 2, or 0.
pub fn parse<T: Parser>() -> T {
    try_parse_from(std::env::args_os()).unwrap_or_else(|error| error.exit())
}

/// Parses these arguments and the environment of this process.
///
/// # Errors
/// Those of clap.
pub fn try_parse_from<T: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<T, clap::Error> {
    let mut command = without_empty_variables(T::command());
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    T::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// Variable of this process; `None` when it is empty or absent.
#[expect(clippy::disallowed_methods, reason = "the reader of settings")]
pub fn variable(name: impl AsRef<OsStr>) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !is_empty(value))
}

fn without_empty_variables(command: Command) -> Command {
    let command = command.mut_args(|arg| if is_usable(&arg) { arg } else { arg.env(None::<&'static str>) });
    command.mut_subcommands(without_empty_variables)
}

#[expect(clippy::disallowed_methods, reason = "the reader of settings")]
fn is_usable(arg: &Arg) -> bool {
    let Some(name) = arg.get_env() else { return true };
    let Some(value) = std::env::var_os(name) else { return true };
    // A value that is not text would already fail in clap; for telemetry that is a warning in the log instead.
    !is_empty(&value) && (value.to_str().is_some() || !name.to_string_lossy().starts_with(TELEMETRY))
}

/// `true` when a value is empty or white space.
fn is_empty(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `PATH` is set in every test environment, and no test may change the environment of its process.
    #[derive(Debug, Parser)]
    struct Cli {
        #[arg(long, env = "PATH", default_value = "nothing")]
        path: String,
        #[command(subcommand)]
        command: Option<Sub>,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Sub {
        Serve {
            #[arg(long, env = "PATH")]
            deeper: Option<String>,
        },
    }

    #[test]
    fn a_variable_with_a_value_is_read_in_subcommands_too() {
        let cli = try_parse_from::<Cli>(["test", "serve"]).expect("a good line");
        let Some(Sub::Serve { deeper }) = cli.command else { panic!("the subcommand is serve") };
        assert_eq!(deeper.as_ref(), Some(&cli.path));
        assert_ne!(cli.path, "nothing");
    }

    #[test]
    fn white_space_is_empty_and_invalid_utf8_is_not() {
        use std::os::unix::ffi::OsStrExt;
        assert!(is_empty(OsStr::new("")) && is_empty(OsStr::new(" \t\n")));
        assert!(!is_empty(OsStr::new("0")) && !is_empty(OsStr::from_bytes(b"\xff")));
    }
}
