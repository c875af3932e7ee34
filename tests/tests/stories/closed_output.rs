//! The reader of a program's output may close it at any time. The exit code stays the documented one.

use std::fs::File;
use std::path::Path;
use std::process::{Output, Stdio};

use tests::process::command;

/// Runs a program in its own folder, with outputs that are read, or closed by their reader.
fn run(program: &str, arguments: &[&str], is_read: bool) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.ndjson");
    let lines: String = (0..2_000).map(|number| format!("{{\"title\": {number}}}\n")).collect();
    std::fs::write(&bad, lines).expect("the folder can be written");
    let data = folder.path().display().to_string();
    let variables = ["AUTH_DATA_DIR", "MOVIES_DATA_DIR", "CAPTCHA_DATA_DIR", "CINEMA_DATA_DIR"];
    let mut variables: Vec<_> = variables.map(|name| (name, data.clone())).to_vec();
    for name in ["AUTH_LISTEN", "MOVIES_LISTEN", "CAPTCHA_LISTEN"] {
        variables.push((name, "127.0.0.1:1".to_owned())); // no service listens there
    }
    let mut command = command(program, arguments, &variables);
    command.current_dir(folder.path());
    if is_read {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    } else {
        command.stdout(closed()).stderr(closed());
    }
    command.output().expect("the program runs")
}

/// A pipe with a closed reader.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    Stdio::from(writer)
}

fn code(program: &str, arguments: &[&str], is_read: bool) -> Option<i32> {
    run(program, arguments, is_read).status.code()
}

#[test]
fn commands_end_with_the_same_code_whether_their_output_is_read_or_not() {
    let commands: [(&str, &[&str], i32); 17] = [
        ("movies-api", &["import", "bad.ndjson"], 3),
        ("movies-api", &["import", "absent.ndjson"], 1),
        ("movies-api", &["import", "--help"], 0),
        ("movies-api", &["migrate"], 0),
        ("movies-api", &["healthcheck"], 1),
        ("movies-api", &["--no-such-flag"], 2),
        ("auth-service", &["--help"], 0),
        ("auth-service", &["migrate"], 0),
        ("auth-service", &["create-key"], 0),
        ("auth-service", &["grant-role", "nobody@example.org", "admin"], 1),
        ("auth-service", &["partitions", "status"], 1), // there are no tables
        ("auth-service", &["partitions", "ensure"], 1),
        ("auth-service", &["healthcheck"], 1),
        ("captcha-service", &["serve", "--help"], 0),
        ("captcha-service", &["healthcheck"], 1),
        ("cinema", &["--help"], 0),
        ("cinema", &["healthcheck"], 1),
    ];
    for (program, arguments, expected) in commands {
        let read = run(program, arguments, true);
        let text = String::from_utf8_lossy(&read.stderr);
        assert_eq!(read.status.code(), Some(expected), "{program} {arguments:?}: {text}");
        assert_eq!(code(program, arguments, false), Some(expected), "{program} {arguments:?}, with closed outputs");
    }
}

#[test]
fn a_password_that_cannot_be_printed_is_not_set() {
    let create: &[&str] = &["create-admin", "first@example.org"];
    assert_eq!(code("auth-service", create, false), Some(1));
    let folder = tempfile::tempdir().expect("a folder");
    let data = ["AUTH_DATA_DIR", "CINEMA_DATA_DIR"].map(|name| (name, folder.path().display().to_string()));
    let mut full = command("auth-service", create, &data);
    full.stdout(full_device()).stderr(Stdio::null());
    assert_eq!(full.status().expect("it runs").code(), Some(1));
    let made = command("auth-service", create, &data).output().expect("it runs");
    assert!(made.status.success(), "there is no such account yet: {}", String::from_utf8_lossy(&made.stderr));

    let reset: &[&str] = &["reset-password", "first@example.org"];
    let mut full = command("auth-service", reset, &data);
    full.stdout(full_device()).stderr(Stdio::null());
    assert_eq!(full.status().expect("it runs").code(), Some(1));
    assert!(command("auth-service", reset, &data).output().expect("it runs").status.success());
}

/// `/dev/full`, which fails every write with ENOSPC.
pub fn full_device() -> File {
    File::options().write(true).open(Path::new("/dev/full")).expect("Linux has it")
}
