//! Command lines in which an environment variable that is set to nothing counts as one that is not set.
//!
//! Compose files and shells cannot take a variable away, only empty it: `AUTH_WORKERS=` means the default. clap takes an
//! empty variable for a value, so it is taken from clap before the command line is read: one rule for every setting of
//! every program.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command, Parser};

/// Variables of OpenTelemetry, which may never stop a start.
const TELEMETRY: &str = "OTEL_";

/// Reads the command line and the environment of this process. On a mistake, or when asked for help, it prints and ends
/// the process as clap does: exit code 2, or 0.
pub fn parse<T: Parser>() -> T {
    try_parse_from(std::env::args_os()).unwrap_or_else(|error| error.exit())
}

/// Reads these arguments and the environment of this process.
///
/// # Errors
/// What clap says of them.
pub fn try_parse_from<T: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<T, clap::Error> {
    let mut command = without_empty_variables(T::command());
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    T::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// A variable of this process, unless it is empty or absent.
pub fn variable(name: impl AsRef<OsStr>) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !is_empty(value))
}

fn without_empty_variables(command: Command) -> Command {
    let command = command.mut_args(|arg| if is_usable(&arg) { arg } else { arg.env(None::<&'static str>) });
    command.mut_subcommands(without_empty_variables)
}

fn is_usable(arg: &Arg) -> bool {
    let Some(name) = arg.get_env() else { return true };
    let Some(value) = std::env::var_os(name) else { return true };
    // A value that is no text would stop the start in clap already; telemetry says so in the log instead.
    !is_empty(&value) && (value.to_str().is_some() || !name.to_string_lossy().starts_with(TELEMETRY))
}

/// `true` when a value holds nothing but white space.
fn is_empty(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `PATH` is set wherever tests run, and no test may change the environment of its process.
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
    fn a_variable_that_holds_something_is_taken_in_commands_too() {
        let cli = try_parse_from::<Cli>(["test", "serve"]).expect("a good line");
        let Some(Sub::Serve { deeper }) = cli.command else { panic!("serve was asked for") };
        assert_eq!(deeper.as_ref(), Some(&cli.path));
        assert_ne!(cli.path, "nothing");
    }

    #[test]
    fn white_space_is_nothing_and_what_is_no_text_is_something() {
        use std::os::unix::ffi::OsStrExt;
        assert!(is_empty(OsStr::new("")) && is_empty(OsStr::new(" \t\n")));
        assert!(!is_empty(OsStr::new("0")) && !is_empty(OsStr::from_bytes(b"\xff")));
    }
}
