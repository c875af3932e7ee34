//! What commands write for whoever has started them. Whoever reads it may go away at any time (`… | head -1`): Rust ignores
//! SIGPIPE, so that shows as an error of the write, on which `println!` and `eprintln!` panic.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Writes a line to standard output, where nothing but results goes. A reader who has seen enough is no error: the exit
/// code is about what was done.
///
/// # Errors
/// When it cannot be written for another reason, such as a full disk.
pub fn print(line: impl Display) -> io::Result<()> {
    match print_surely(line) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// The same for what must not be lost, such as a password that is shown once.
///
/// # Errors
/// When it cannot be written, also because nobody reads.
pub fn print_surely(line: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes a line to standard error: progress, or why something failed. Nothing can be done when that fails.
pub fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
