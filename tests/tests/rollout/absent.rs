//! nginx starts while a service is absent, serves the others, says for the absent one that it is, and finds it once it is
//! there, by itself.

use std::path::Path;
use std::time::Duration;

use service_kit::testing::{TestClient, eventually};
use tests::proxy::{Proxy, free_addresses};
use tests::services::Service;

use crate::names::NameServer;
use crate::turn;

const BOUND: Duration = Duration::from_secs(60);
/// A path of each service that answers 200 without more ado.
const PATHS: [&str; 3] = ["/.well-known/jwks.json", "/api/v1/genres", "/tv"];
const SERVERS: [&str; 3] = ["AUTH_SERVERS", "MOVIES_SERVERS", "CAPTCHA_SERVERS"];

/// The three services on addresses that stay theirs.
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
            trio.come(which).await;
        }
        trio
    }

    async fn come(&mut self, which: usize) {
        let service = start(which, self.folder.path(), &self.addresses);
        service.ready().await;
        self.services[which] = Some(service);
    }

    fn go(&mut self, which: usize) {
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

/// What nginx must do whose start found `missing` absent. `come` brings it.
async fn others_are_served_until_it_comes(proxy: &Proxy, missing: usize, come: impl AsyncFnOnce()) {
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
    come().await;
    let served = async || serves(&proxy.client, missing).await;
    eventually("the service is found once it is there", BOUND, served).await;
    assert_eq!(proxy.id(), first, "the same nginx, neither started again nor told anything");
    assert_eq!(proxy.complaints(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_may_be_absent_when_nginx_starts_and_is_found_once_it_listens() {
    let _turn = turn().await;
    let mut trio = Trio::start().await;
    for missing in 0..3 {
        trio.go(missing);
        let servers: Vec<_> = SERVERS.into_iter().zip(trio.addresses.clone()).collect();
        let proxy = Proxy::start(&servers);
        others_are_served_until_it_comes(&proxy, missing, async || trio.come(missing).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_service_may_have_no_name_when_nginx_starts_and_is_found_once_it_has() {
    let _turn = turn().await;
    let trio = Trio::start().await;
    let names = NameServer::start();
    let hosts = ["auth-service.test", "movies-api.test", "captcha-service.test"];
    hosts.iter().for_each(|host| names.learn(host));
    for missing in 0..3 {
        names.forget(hosts[missing]);
        let mut variables: Vec<_> = (0..3)
            .map(|which| {
                let (_, port) = trio.addresses[which].split_once(':').expect("host:port");
                (SERVERS[which], format!("{}:{port}", hosts[which]))
            })
            .collect();
        variables.push(("NGINX_RESOLVER", format!("{} valid=1s ipv6=off", names.address())));
        let proxy = Proxy::start(&variables);
        others_are_served_until_it_comes(&proxy, missing, async || names.learn(hosts[missing])).await;
    }
}

#[tokio::test]
async fn nginx_starts_with_nobody_there_at_all_not_even_a_name_server() {
    let [nowhere] = free_addresses();
    let mut variables = vec![("NGINX_RESOLVER", format!("{nowhere} valid=1s ipv6=off"))];
    variables.extend(SERVERS.map(|servers| (servers, "nobody.test:8000".to_owned())));
    let proxy = Proxy::start(&variables);
    for path in PATHS {
        proxy.client.get(path).send().await.assert_problem(502, "gateway.unreachable");
    }
    proxy.client.get("/nowhere").send().await.assert_problem(404, "request.no_such_route");
}
