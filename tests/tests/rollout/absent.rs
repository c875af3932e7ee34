//! nginx starts while a service is absent, serves the others, answers 502 for the absent one, and finds it without a
//! reload once it listens.

use std::path::Path;
use std::time::Duration;

use service_kit::testing::{TestClient, eventually};
use tests::proxy::{Proxy, free_addresses};
use tests::services::Service;
use tokio::net::{TcpSocket, TcpStream};

use crate::names::NameServer;
use crate::turn;

const BOUND: Duration = Duration::from_secs(60);
/// Time after which a connection on loopback is not accepted any more.
const FULL: Duration = Duration::from_millis(300);
/// A path of each service that answers 200 without preparation.
const PATHS: [&str; 3] = ["/.well-known/jwks.json", "/api/v1/genres", "/tv"];
const SERVERS: [&str; 3] = ["AUTH_SERVERS", "MOVIES_SERVERS", "CAPTCHA_SERVERS"];

/// The three services on fixed addresses.
struct Trio {
    folder: tempfile::TempDir,
    addresses: [String; 3],
    services: Vec<Option<Service>>,
}

impl Trio {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let addresses = free_addresses();
        let mut trio = Self { folder, addresses, services: vec![None, None, None] };
        for which in 0..3 {
            trio.start_service(which).await;
        }
        trio
    }

    async fn start_service(&mut self, which: usize) {
        let service = start(which, self.folder.path(), &self.addresses);
        service.ready().await;
        self.services[which] = Some(service);
    }

    fn stop_service(&mut self, which: usize) {
        self.services[which] = None;
    }
}

fn start(which: usize, data: &Path, addresses: &[String; 3]) -> Service {
    let (name, prefix) = [("auth-service", "AUTH"), ("movies-api", "MOVIES"), ("captcha-service", "CAPTCHA")][which];
    let (folder, listen) = (format!("{prefix}_DATA_DIR"), format!("{prefix}_LISTEN"));
    let mut variables = vec![
        (folder.as_str(), data.display().to_string()),
        (listen.as_str(), addresses[which].clone()),
        ("MOVIES_AUTH_URL", format!("http://{}", addresses[0])),
        ("CAPTCHA_KEEP", "sealed".to_owned()),
    ];
    variables.retain(|(variable, _)| variable.starts_with(prefix));
    Service::start(name, &variables)
}

async fn serves(client: &TestClient, which: usize) -> bool {
    client.get(PATHS[which]).send().await.status == 200
}

/// Asserts the behaviour of an nginx that was started without `missing`. `start_missing` starts that service.
async fn assert_others_are_served_until_it_starts(proxy: &Proxy, missing: usize, start_missing: impl AsyncFnOnce()) {
    let first = proxy.id();
    for which in (0..3).filter(|which| *which != missing) {
        let reply = proxy.client.get(PATHS[which]).send().await;
        assert_eq!(reply.status, 200, "{} with {} absent: {}", PATHS[which], PATHS[missing], reply.text());
    }
    for id in ["order-46", "not well-formed"] {
        let reply = proxy.client.get(PATHS[missing]).header("x-request-id", id).send().await;
        let problem = reply.assert_problem(502, "gateway.unreachable");
        assert_eq!((reply.header("retry-after"), &problem["retry_after_ms"]), ("1", &1000.into()));
        assert_eq!(problem["request_id"] == id, id == "order-46", "{problem}");
    }
    start_missing().await;
    let served = async || serves(&proxy.client, missing).await;
    eventually("the service is found once it listens", BOUND, served).await;
    assert_eq!(proxy.id(), first, "the same nginx, neither restarted nor reloaded");
    assert_eq!(proxy.error_log(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_may_be_absent_when_nginx_starts_and_is_found_once_it_listens() {
    let _turn = turn().await;
    let mut trio = Trio::start().await;
    for missing in 0..3 {
        trio.stop_service(missing);
        let servers: Vec<_> = SERVERS.into_iter().zip(trio.addresses.clone()).collect();
        let proxy = Proxy::start(&servers);
        assert_others_are_served_until_it_starts(&proxy, missing, async || trio.start_service(missing).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_may_have_no_name_when_nginx_starts_and_is_found_once_it_has() {
    let _turn = turn().await;
    let trio = Trio::start().await;
    let names = NameServer::start();
    let hosts = ["auth-service.test", "movies-api.test", "captcha-service.test"];
    hosts.iter().for_each(|host| names.add(host));
    for missing in 0..3 {
        names.remove(hosts[missing]);
        let mut variables: Vec<_> = (0..3)
            .map(|which| {
                let (_, port) = trio.addresses[which].split_once(':').expect("host:port");
                (SERVERS[which], format!("{}:{port}", hosts[which]))
            })
            .collect();
        variables.push(("NGINX_RESOLVER", format!("{} valid=1s ipv6=off", names.address())));
        let proxy = Proxy::start(&variables);
        assert_others_are_served_until_it_starts(&proxy, missing, async || names.add(hosts[missing])).await;
    }
}

#[tokio::test]
async fn nginx_starts_without_any_service_and_without_a_name_server() {
    let [unused] = free_addresses();
    let mut variables = vec![("NGINX_RESOLVER", format!("{unused} valid=1s ipv6=off"))];
    variables.extend(SERVERS.map(|servers| (servers, "nobody.test:8000".to_owned())));
    let proxy = Proxy::start(&variables);
    for path in PATHS {
        proxy.client.get(path).send().await.assert_problem(502, "gateway.unreachable");
    }
    proxy.client.get("/nowhere").send().await.assert_problem(404, "request.no_such_route");
}

#[tokio::test]
async fn a_service_that_accepts_no_connection_is_reported_as_late() {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("loopback has a free port");
    let listener = socket.listen(0).expect("it listens");
    let address = listener.local_addr().expect("a bound listener has an address");
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(FULL, TcpStream::connect(address)).await {
        waiting.push(stream); // until the queue of the listener is full
    }
    let proxy = Proxy::start(&SERVERS.map(|servers| (servers, address.to_string())));
    let reply = proxy.client.get(PATHS[0]).send().await;
    let problem = reply.assert_problem(504, "gateway.timeout");
    assert_eq!((reply.header("retry-after"), &problem["retry_after_ms"]), ("1", &1000.into()));
}
