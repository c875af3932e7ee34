//! Requests per second and latency of the main routes, as ratios to the bare route.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use service_kit::testing::TestClient;
use tests::films;
use tests::process::Process;
use tests::services::{Service, limits_file, sign_in};

use crate::load::{CONNECTIONS, Figures, round, round_of};
use crate::say;

/// Rounds of each route; the median counts.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(2);
/// A quota that one address does not use up, so that counting is measured and not refusals.
pub const NEVER: &str = "10000000/1s";
/// Connections of searches that keep the one search thread busy: of more, the newest would be served, and the oldest
/// refused after a second, as is meant.
const SEARCHES: usize = 2;
const PASSWORD: &str = "correct horse battery";

struct Case {
    name: &'static str,
    address: String,
    request: Vec<u8>,
    connections: usize,
}

impl Case {
    fn new(name: &'static str, address: &str, request: Vec<u8>) -> Self {
        Self { name, address: address.to_owned(), request, connections: CONNECTIONS }
    }
}

/// Imports films, starts the services and prints the table.
pub async fn measure(data: &Path) -> anyhow::Result<()> {
    import(data)?;
    let mut bare = Process::start("bench", &["bare"], &[]);
    let line: serde_json::Value = serde_json::from_str(&bare.line_with("address", Duration::from_secs(10)))?;
    let bare_address = line["address"].as_str().context("no address")?.to_owned();
    let limits = ["introspect", "social", "pages", "permissions", "permissions_user"].map(|policy| (policy, NEVER));
    // The start of a social sign-in makes no request to the provider, so none is needed.
    let provider = [("AUTH_GOOGLE_CLIENT_ID", "bench"), ("AUTH_GOOGLE_CLIENT_SECRET", "bench")];
    let redirect = ("AUTH_SOCIAL_APP_REDIRECT_URI", "http://127.0.0.1/in/{provider}");
    let roles = roles_file(data)?;
    let roles = ("AUTH_ROLES_FILE", roles.as_str());
    let variables = [provider[0], provider[1], redirect, roles].map(|(name, value)| (name, value.to_owned()));
    let auth = service("auth-service", "AUTH", data, &limits, &variables).await;
    let auth_url = format!("http://{}", auth.address);
    let limits = [("catalogue", NEVER), ("search", NEVER)];
    let movies = service("movies-api", "MOVIES", data, &limits, &[("MOVIES_AUTH_URL", auth_url)]).await;
    let cases = cases(data, &bare_address, &auth, &movies).await?;

    let (bare, routes) = cases.split_first().context("no cases")?;
    let mut figures: Vec<(&str, Vec<(Figures, f64)>)> = routes.iter().map(|case| (case.name, Vec::new())).collect();
    let mut baseline = Vec::new();
    for _ in 0..ROUNDS {
        for (case, (_, rounds)) in routes.iter().zip(&mut figures) {
            let base = round(&bare.address, &bare.request, ROUND).await?;
            baseline.push((base, 1.0));
            let here = round_of(case.connections, &case.address, &case.request, ROUND).await;
            let here = here.with_context(|| case.name)?;
            rounds.push((here, here.per_second / base.per_second));
        }
    }
    say(&format!(
        "\n{CONNECTIONS} connections, {ROUNDS} rounds of {} s, median round; one worker thread a server\n",
        ROUND.as_secs()
    ));
    say("| route | requests/s | p50 ms | p99 ms | ratio to bare | spread of the ratio |\n|---|---|---|---|---|---|");
    print(bare.name, &mut baseline);
    figures.iter_mut().for_each(|(name, rounds)| print(name, rounds));
    for (name, service) in [("auth-service", &auth), ("movies-api", &movies)] {
        say(&format!("\n{name}: {:.1} MB resident after the run", service.process.memory_kib("VmRSS") as f64 / 1024.0));
    }
    Ok(())
}

fn print(name: &str, rounds: &mut [(Figures, f64)]) {
    rounds.sort_by(|one, two| one.1.total_cmp(&two.1).then(one.0.per_second.total_cmp(&two.0.per_second)));
    let (figures, ratio) = rounds[rounds.len() / 2];
    let (least, most) = (rounds[0].1, rounds[rounds.len() - 1].1);
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    say(&format!(
        "| {name} | {:.0} | {:.2} | {:.2} | {ratio:.3} | {least:.3}–{most:.3} |",
        figures.per_second,
        ms(figures.p50),
        ms(figures.p99),
    ));
}

/// Imports films into a new catalogue in `data`, and prints its time and memory.
#[expect(clippy::disallowed_methods, reason = "a thread of its own, between two looks")]
pub fn import(data: &Path) -> anyhow::Result<()> {
    let file = films::file(data);
    let begun = Instant::now();
    let variables = [("MOVIES_DATA_DIR", data.display().to_string())];
    let mut import = Process::start("movies-api", &["import", &file.display().to_string()], &variables);
    let mut peak = 0;
    while begun.elapsed() < Duration::from_secs(120) {
        let now = import.memory_kib("VmHWM");
        if now == 0 {
            break; // it has ended
        }
        peak = peak.max(now);
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = begun.elapsed();
    anyhow::ensure!(import.wait(Duration::from_secs(1)).success(), "{}", import.output().join("\n"));
    say("\n| import into SQLite | figure |\n|---|---|");
    say(&format!("| {} | {:.1} s |", file.file_name().unwrap_or_default().to_string_lossy(), took.as_secs_f64()));
    say(&format!("| peak memory | {:.1} MB |", peak as f64 / 1024.0));
    Ok(())
}

/// A service with one worker and these quotas.
pub async fn service(
    name: &str,
    prefix: &str,
    data: &Path,
    quotas: &[(&str, &str)],
    more: &[(&str, String)],
) -> Service {
    let (folder, listen) = (format!("{prefix}_DATA_DIR"), format!("{prefix}_LISTEN"));
    let (workers, limits) = (format!("{prefix}_WORKERS"), format!("{prefix}_LIMITS_FILE"));
    let mut variables = vec![
        (folder.as_str(), data.display().to_string()),
        (listen.as_str(), "127.0.0.1:0".to_owned()),
        (workers.as_str(), "1".to_owned()),
        (limits.as_str(), limits_file(data, &format!("{name}.limits.toml"), quotas)),
    ];
    variables.extend_from_slice(more);
    let service = Service::start(name, &variables);
    service.ready().await;
    service
}

async fn cases(data: &Path, bare: &str, auth: &Service, movies: &Service) -> anyhow::Result<Vec<Case>> {
    let person = serde_json::json!({"email": "bench@example.org", "password": PASSWORD});
    auth.client.post("/api/v1/users").json(&person).send().await.assert_status(201);
    let token = sign_in(&auth.client, "bench@example.org", PASSWORD).await;
    let admin = admin_token(data, auth).await?;
    let secret = std::fs::read_to_string(data.join("movies-api.secret"))?;
    let film = best_match(&movies.client, "godfather").await?;
    let get = |name, path: &str, token: Option<&str>| Case::new(name, &movies.address, get_request(path, token));
    let detail = format!("/api/v1/films/{film}");
    let (list, search) = ("/api/v1/films", "/api/v1/films/search?query=godfather");
    let (typo, anonymous, member) = ("/api/v1/films/search?query=godfathr", None, Some(token.as_str()));
    Ok(vec![
        Case::new("bare actix route", bare, get_request("/bare", None)),
        get("list_films, 20 of 36k", list, anonymous),
        get("list_films, with a token", list, member),
        get("get_film", &detail, anonymous),
        get("get_film, with a token", &detail, member),
        get("search_films", search, anonymous),
        Case { connections: SEARCHES, ..get("search_films, a typo, 2 at once", typo, anonymous) },
        get("search_films, with a token", search, member),
        Case::new("introspect", &auth.address, introspect_request(&token, secret.trim())),
        Case::new("introspect, a role of 1,000", &auth.address, introspect_request(&admin, secret.trim())),
        Case::new(
            "check_permission, a role of 1,000",
            &auth.address,
            get_request("/api/v1/permissions/roles.manage", Some(&admin)),
        ),
        Case::new("start_social_login", &auth.address, start_request()),
        Case::new("the page to sign in", &auth.address, get_request("/account/sign-in", None)),
    ])
}

/// A file with 1,000 roles of 20 permissions each.
fn roles_file(data: &Path) -> anyhow::Result<String> {
    let names: Vec<String> = (0..20).map(|number| format!("'bench.p{number}'")).collect();
    let declared: Vec<String> = names.iter().map(|name| format!("{name} = ''")).collect();
    let role = |number| format!("[roles.r{number}]\npermissions = [{}]\n", names.join(", "));
    let roles: String = (0..1000).map(role).collect();
    let path = data.join("roles.toml");
    std::fs::write(&path, format!("[permissions]\n{}\n{roles}", declared.join("\n")))?;
    Ok(path.display().to_string())
}

/// Access token of an administrator.
async fn admin_token(data: &Path, auth: &Service) -> anyhow::Result<String> {
    const EMAIL: &str = "boss@example.org";
    let password = data.join("password.txt");
    std::fs::write(&password, PASSWORD)?;
    let line = ["create-admin", EMAIL, "--password-file", &password.display().to_string()];
    let mut command = Process::start("auth-service", &line, &[("AUTH_DATA_DIR", data.display().to_string())]);
    anyhow::ensure!(command.wait(Duration::from_secs(30)).success(), "{}", command.output().join("\n"));
    Ok(sign_in(&auth.client, EMAIL, PASSWORD).await)
}

/// The id of the film that a search finds first.
pub async fn best_match(movies: &TestClient, query: &str) -> anyhow::Result<String> {
    let reply = movies.get(&format!("/api/v1/films/search?query={query}")).send().await.assert_status(200);
    Ok(reply["items"][0]["id"].as_str().context("the film is in the file")?.to_owned())
}

/// A raw HTTP/1.1 request.
pub fn get_request(path: &str, token: Option<&str>) -> Vec<u8> {
    let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{authorization}\r\n").into_bytes()
}

fn start_request() -> Vec<u8> {
    b"POST /api/v1/social/google/start HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        .to_vec()
}

#[expect(clippy::disallowed_methods, reason = "builds a request for its header and sends nothing")]
pub fn introspect_request(token: &str, secret: &str) -> Vec<u8> {
    use std::fmt::Write as _;
    let body = format!("token={token}");
    let request = reqwest::Client::new().post("http://bench/").basic_auth("movies-api", Some(secret)).build();
    let header =
        request.ok().and_then(|request| request.headers().get("authorization")?.to_str().ok().map(str::to_owned));
    let mut text = String::from("POST /oauth2/introspect HTTP/1.1\r\nhost: bench\r\n");
    let _ = write!(text, "authorization: {}\r\n", header.unwrap_or_default());
    let _ =
        write!(text, "content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    text.into_bytes()
}
