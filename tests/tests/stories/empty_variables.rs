//! An empty variable counts as unset, for every setting of every program.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::settings;
use tests::process::Process;

const BOUND: Duration = Duration::from_secs(120);

/// Every setting of a program, and the OpenTelemetry variables that libraries read.
fn variables() -> BTreeSet<String> {
    let mut found = settings::declared();
    for name in ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_HEADERS", "RUST_LOG"] {
        found.insert(name.to_owned());
    }
    found
}

/// Starts with all of them empty. Addresses and folders are arguments, which override variables.
fn start(program: &str, arguments: &[&str]) -> Process {
    let variables = variables();
    let empty: Vec<_> = variables.iter().map(|name| (name.as_str(), String::new())).collect();
    Process::start(program, arguments, &empty)
}

fn ends_well(mut process: Process) {
    assert!(process.wait(BOUND).success(), "{}", process.output().join("\n"));
}

fn serves(program: &str, arguments: &[&str], line: &str) {
    let mut process = start(program, arguments);
    process.line_with(line, BOUND);
    assert!(process.all_with("OpenTelemetry").is_empty(), "{}", process.output().join("\n"));
    process.signal("TERM");
    ends_well(process);
}

fn in_folder(arguments: &[&'static str], folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    arguments.iter().map(|argument| argument.replace("FOLDER", &folder)).collect()
}

#[test]
fn every_program_starts_with_all_its_variables_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let listen = ["--data-dir=FOLDER", "--listen=127.0.0.1:0"];
    for program in ["auth-service", "movies-api", "captcha-service"] {
        let arguments = in_folder(&[&["serve"], &listen[..]].concat(), folder.path());
        serves(program, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), "\"address\"");
    }
    let cinema = [
        "--data-dir=FOLDER",
        "--auth-listen=127.0.0.1:0",
        "--movies-listen=127.0.0.1:0",
        "--captcha-listen=127.0.0.1:0",
    ];
    let arguments = in_folder(&cinema, folder.path());
    serves("cinema", &arguments.iter().map(String::as_str).collect::<Vec<_>>(), "Ctrl-C closes it");
}

#[test]
fn commands_treat_empty_variables_as_unset_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let films = folder.path().join("films.ndjson");
    std::fs::write(&films, "{\"title\":\"Home Movie\",\"year\":2026}\n").expect("the folder can be written");
    let commands: [(&str, &[&'static str]); 4] = [
        ("auth-service", &["migrate", "--data-dir=FOLDER"]),
        ("auth-service", &["partitions", "status", "--data-dir=FOLDER"]),
        ("movies-api", &["migrate", "--data-dir=FOLDER"]),
        ("movies-api", &["import", "--data-dir=FOLDER", "FOLDER/films.ndjson"]),
    ];
    for (program, arguments) in commands {
        let arguments = in_folder(arguments, folder.path());
        ends_well(start(program, &arguments.iter().map(String::as_str).collect::<Vec<_>>()));
    }
}

#[test]
fn invalid_telemetry_settings_never_stop_a_start_and_are_logged_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"),
        ("OTEL_SDK_DISABLED", "1"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_METRICS_EXPORTER", "otlp"),
    ];
    let variables: Vec<_> = bad.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let data = format!("--data-dir={}", folder.path().display());
    let mut process = Process::start("captcha-service", &["serve", &data, "--listen=127.0.0.1:0"], &variables);
    process.line_with("\"address\"", BOUND);
    for (name, _) in bad {
        assert_eq!(process.all_with(name).len(), 1, "{name}: {}", process.output().join("\n"));
    }
    process.signal("TERM");
    ends_well(process);
}
