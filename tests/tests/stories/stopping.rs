//! Shutdown of programs: their signals, concurrent draining, and an immediate end by a second signal.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use service_kit::testing::eventually;
use tests::process::Process;

const BOUND: Duration = Duration::from_secs(120);

fn start(name: &str, data: &Path) -> Process {
    let arguments: &[&str] = if name == "cinema" { &[] } else { &["serve"] };
    let mut variables = Vec::new();
    for variable in ["CINEMA_DATA_DIR", "AUTH_DATA_DIR", "MOVIES_DATA_DIR", "CAPTCHA_DATA_DIR"] {
        variables.push((variable, data.display().to_string()));
    }
    for variable in ["AUTH_LISTEN", "MOVIES_LISTEN", "CAPTCHA_LISTEN"] {
        variables.push((variable, "127.0.0.1:0".to_owned()));
    }
    for variable in ["AUTH_DRAIN_TIMEOUT", "MOVIES_DRAIN_TIMEOUT", "CAPTCHA_DRAIN_TIMEOUT"] {
        variables.push((variable, "1h".to_owned()));
    }
    let mut process = Process::start(name, arguments, &variables);
    process.line_with(if name == "cinema" { "Ctrl-C closes it" } else { "\"address\"" }, BOUND);
    wait_for_handlers(&process);
    process
}

/// Waits until the process has its signal handlers; before, signals end it at once by default.
#[expect(clippy::disallowed_methods, reason = "this thread waits for a process, between two looks")]
fn wait_for_handlers(process: &Process) {
    const HUP_INT_TERM: u64 = 1 | 1 << 1 | 1 << 14; // man 5 proc, `SigCgt`
    let begun = Instant::now();
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).expect("it runs");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask");
        if u64::from_str_radix(caught.trim(), 16).expect("hexadecimal") & HUP_INT_TERM == HUP_INT_TERM {
            return;
        }
        assert!(begun.elapsed() < BOUND, "no handlers: {status}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn address(cinema: &mut Process, label: &str) -> SocketAddr {
    let line = cinema.line_with(&format!("  {label} "), BOUND);
    let url = url::Url::parse(line.split_whitespace().nth(1).expect("a URL")).expect("a URL");
    format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port")).parse().expect("an address")
}

/// Starts a sign-in without ever sending its body; the server is processing it when this returns.
fn unfinished(server: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(server).expect("it listens");
    stream.set_read_timeout(Some(BOUND)).expect("a bound");
    let head = "POST /api/v1/sessions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 50\r\n";
    write!(stream, "{head}expect: 100-continue\r\n\r\n").expect("it is taken");
    let mut begun = [0; 25];
    stream.read_exact(&mut begun).expect("the server asks for the body");
    assert_eq!(&begun, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_of_a_process_drain_concurrently_and_a_second_signal_ends_it_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cinema = start("cinema", folder.path());
    let [auth, captcha] = ["accounts", "captcha"].map(|label| address(&mut cinema, label));
    let mut waiting = unfinished(auth);
    cinema.signal("INT");
    let closed = async || TcpStream::connect(captcha).is_err();
    eventually("captcha-service has stopped", BOUND, closed).await;
    // If it had waited for auth-service, the request there would be answered by now.
    waiting.set_nonblocking(true).expect("a socket");
    let unanswered = waiting.read(&mut [0]).expect_err("auth-service still waits for the body");
    assert_eq!(unanswered.kind(), std::io::ErrorKind::WouldBlock);
    cinema.signal("INT");
    assert_eq!(cinema.wait(BOUND).code(), Some(130), "{}", cinema.output().join("\n"));
    assert_eq!(cinema.all_with("a second signal").len(), 1, "{}", cinema.output().join("\n"));
}

#[test]
fn every_program_stops_by_each_of_three_signals_and_logs_which() {
    for name in ["auth-service", "movies-api", "captcha-service", "cinema"] {
        for signal in ["HUP", "TERM", "INT"] {
            let folder = tempfile::tempdir().expect("a folder");
            let mut process = start(name, folder.path());
            process.signal(signal);
            assert!(process.wait(BOUND).success(), "{name}, {signal}: {}", process.output().join("\n"));
            let line = process.line_with("\"stopping\"", BOUND);
            assert!(line.contains(&format!("SIG{signal}")), "{name}: {line}");
        }
    }
}
