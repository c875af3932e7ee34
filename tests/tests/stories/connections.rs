//! One address with more open connections than the process has file descriptors: other clients are served.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tests::crowd::{Crowd, ask, raise_open_files};
use tests::process::Process;

/// Timeout of a response; long, because test machines are slow, and a server without free descriptors never answers.
const BOUND: Duration = Duration::from_secs(30);
const START_BOUND: Duration = Duration::from_secs(120);
/// Loopback addresses of the crowd and of other clients.
const CROWD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));
const OTHERS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 3));
const REQUESTS: usize = 50;

/// Address of a service, from its line of the welcome text.
fn address(cinema: &mut Process, label: &str) -> SocketAddr {
    let line = cinema.line_with(&format!("  {label} "), START_BOUND);
    let url = line.split_whitespace().nth(1).expect("a URL after the label");
    let url = url::Url::parse(url).expect("a URL");
    format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port")).parse().expect("an address")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_connections_from_one_address_does_not_block_other_clients_of_any_service() {
    raise_open_files();
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = vec![("CINEMA_DATA_DIR", folder.path().display().to_string()), ("RUST_LOG", "warn".into())];
    variables.extend(["AUTH_LISTEN", "MOVIES_LISTEN", "CAPTCHA_LISTEN"].map(|name| (name, "127.0.0.1:0".into())));
    // Rejections by limits would make the crowd's requests cheap.
    variables.extend(["AUTH_LIMITS", "MOVIES_LIMITS", "CAPTCHA_LIMITS"].map(|name| (name, "off".into())));
    let mut cinema = Process::start_within(1024, "cinema", &[], &variables);
    for (label, target) in
        [("films", "/api/v1/films?page_size=20"), ("accounts", "/.well-known/jwks.json"), ("captcha", "/tv")]
    {
        let server = address(&mut cinema, label);
        let crowd = Crowd::open(server, CROWD, target).await.expect("the crowd is there");
        for request in 0..REQUESTS {
            let answer = ask(server, OTHERS, target, BOUND).await;
            assert!(answer.is_ok(), "{label}, request {request}: {answer:?}");
        }
        drop(crowd);
    }
    assert!(cinema.all_with("Too many open files").is_empty(), "{}", cinema.output().join("\n"));
    cinema.signal("TERM");
    assert!(cinema.wait(START_BOUND).success(), "{}", cinema.output().join("\n"));
}
