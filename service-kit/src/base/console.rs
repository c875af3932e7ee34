//! Output of commands. The reader may close the pipe at any time (`… | head -1`): Rust ignores SIGPIPE, so writes fail,
//! on which `println!` and `eprintln!` panic.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Writes a line to standard output, which is for results only. A closed pipe is no error: the exit code describes the
/// work done.
///
/// # Errors
/// When it cannot be written for another reason, such as a full disk.
pub fn print(line: impl Display) -> io::Result<()> {
    match print_surely(line) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Like [`print()`], for output that must not be lost, such as a password that is shown once.
///
/// # Errors
/// When it cannot be written, also because the pipe is closed.
pub fn print_surely(line: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes a line to standard error: progress, or the reason of a failure. Write errors are ignored.
pub fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
