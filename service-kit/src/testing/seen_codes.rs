//! Notes the status and the problem code of every response that tests receive, for `contracts coverage`.
//!
//! Off unless `TEST_CODES_DIR` names a folder. Each process appends to a file of its own there, one line per status and
//! code of an operation, when it sees them first.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use contracts::error_format::ErrorFormat;
use contracts::problem::{CONTENT_TYPE, Code};
use serde_json::Value;

/// What this process has noted; `None` when nobody wants it.
static NOTES: LazyLock<Option<Mutex<Notes>>> = LazyLock::new(Notes::open);

struct Notes {
    file: File,
    lines: BTreeSet<String>,
}

impl Notes {
    #[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
    fn open() -> Option<Mutex<Self>> {
        let folder = std::env::var_os("TEST_CODES_DIR")?;
        let path = Path::new(&folder).join(format!("{}.txt", std::process::id()));
        // Ids of processes are used again.
        let file = File::options().create(true).append(true).open(path).expect("TEST_CODES_DIR names a folder");
        Some(Mutex::new(Self { file, lines: BTreeSet::new() }))
    }

    fn add(&mut self, line: String) {
        if !self.lines.contains(&line) {
            self.file.write_all(line.as_bytes()).expect("TEST_CODES_DIR can be written");
            self.lines.insert(line);
        }
    }
}

/// Notes a response; `operation` is `service/id`, or `-` outside the documents.
pub(super) fn note(operation: &str, status: u16, media_type: &str, body: &[u8]) {
    let Some(notes) = &*NOTES else { return };
    let is_error = status >= 400
        && [ErrorFormat::Problem, ErrorFormat::OAuth].map(ErrorFormat::content_type).contains(&media_type);
    let problem = is_error.then(|| serde_json::from_slice::<Value>(body).ok()).flatten();
    let code = problem.as_ref().and_then(|problem| problem["code"].as_str()).unwrap_or("-");
    notes.lock().unwrap_or_else(PoisonError::into_inner).add(format!("{operation} {status} {code}\n"));
}

/// Notes a problem that a test has read from a socket.
pub fn note_problem(status: u16, body: &[u8]) {
    note("-", status, CONTENT_TYPE, body);
}

/// Notes a code that a test has recognised on a page for browsers, which has no problem document.
pub fn note_page(code: &Code) {
    note_problem(code.status, format!("{{\"code\": \"{}\"}}", code.code).as_bytes());
}
