//! `auth-service users …` on an embedded installation.

use std::path::Path;

use crate::commands::{auth_service, text};

fn run(data: &Path, line: &[&str]) -> (bool, String, String) {
    let output = auth_service(data, line, "");
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_act_works_by_command_and_leaves_an_event() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let why = ["--reason", "ticket 42", "--by", "olga"];
    assert!(run(data, &[&["create-admin", "boss@example.org"][..], &why].concat()).0);
    assert!(run(data, &["create-admin", "second@example.org"]).0);
    let users = |line: &[&str]| run(data, &[&["users"], line, &why].concat());
    let (found, line, error) = users(&["find", " BOSS@example.org"]);
    assert!(found, "{error}");
    let id = line.split(' ').next().unwrap().to_owned();
    for (line, expected) in [
        (&["find", "--role", "admin"][..], "second@example.org"),
        (&["show", "boss@example.org"], "status     active"),
        (&["disable", &id], "is disabled"),
        (&["disable", &id], "disabled before"),
        (&["enable", "boss@example.org"], "is enabled"),
        (&["unlock", &id], "may try"),
        (&["end-sessions", &id], "no session"),
        (&["prove-email", &id], "e-mail"),
        (&["correct-birth-date", &id, "--birth-date", "1990-05-17"], "1990-05-17"),
        (&["correct-birth-date", &id], "no birth date"),
        (&["free-email", &id], "no e-mail"),
        (&["delete", &id], "deleted"),
    ] {
        let (success, out, error) = users(line);
        assert!(success && out.contains(expected), "{line:?}: {out} {error}");
    }
    let (_, log, _) = users(&["audit", "--user", &id]);
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 13, "{log}");
    assert!(lines.iter().all(|line| line.contains("olga (command)") && line.ends_with(": ticket 42")), "{log}");
    assert!(lines[0].contains("delete_user") && lines[12].contains("create_admin"), "{log}");
}

#[test]
fn a_command_without_a_reason_or_on_the_last_administrator_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    assert!(run(data, &["create-admin", "boss@example.org"]).0);
    for (line, error) in [
        (&["users", "disable", "boss@example.org"][..], "--reason"),
        (&["users", "disable", "boss@example.org", "--reason", " "], "1 to 200 characters"),
        (&["users", "disable", "boss@example.org", "--reason", "x"], "last administrator"),
        (&["users", "delete", "boss@example.org", "--reason", "x"], "last administrator"),
        (&["users", "unlock", "nobody@example.org", "--reason", "x"], "no account"),
        (&["users", "unlock", "nobody", "--reason", "x"], "neither an e-mail nor an id"),
        (&["users", "find", "--reason", "x"], "<EMAIL>"),
    ] {
        let (success, _, stderr) = run(data, line);
        assert!(!success && stderr.contains(error), "{line:?}: {stderr}");
    }
}
