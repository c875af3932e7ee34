//! Ends of access: with an account, a role or a session ends the access token everywhere, with and without a
//! cache of tokens, and after auth-service was killed and started again.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use service_kit::testing::{TestClient, eventually};
use tests::postgres::Postgres;
use tests::process::Process;
use tests::services::{Service, sign_in};

use self::TokenStatus::{Active, Inactive, Unchecked};
use crate::load::turn;

const BOUND: Duration = Duration::from_secs(120);
const SECRET: &str = "a-secret-between-services-of-the-story";
const PASSWORD: &str = "three cats on a sofa";
const ADMIN: &str = "root@example.org";

/// Two replicas of auth-service on one database, and a movies-api for each: without a cache, and with one.
struct Stack {
    auth: [Service; 2],
    movies: [Service; 2],
    variables: Vec<(&'static str, String)>,
}

/// Answer about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenStatus {
    Active,
    Inactive,
    /// auth-service could not be asked.
    Unchecked,
}

struct User {
    id: String,
    access: String,
    refresh: String,
}

impl Stack {
    async fn start(data: &Path, database: String) -> Self {
        let variables = vec![
            ("AUTH_DATA_DIR", data.display().to_string()),
            ("AUTH_DATABASE_URL", database),
            ("AUTH_MIGRATE", "true".to_owned()),
            ("AUTH_SERVICE_CLIENTS", format!("movies-api={SECRET}")),
            ("AUTH_LIMITS", "shadow".to_owned()),
        ];
        let password = data.join("admin.password");
        std::fs::write(&password, format!("{PASSWORD}\n")).expect("a file");
        let password = password.display().to_string();
        for arguments in [&["create-key"][..], &["migrate"], &["create-admin", ADMIN, "--password-file", &password]] {
            let mut process = Process::start("auth-service", arguments, &variables);
            assert!(process.wait(BOUND).success(), "{arguments:?}: {}", process.output().join("\n"));
        }
        let auth = ["127.0.0.1:0"; 2].map(|listen| start_auth(&variables, listen));
        let movies = [(&auth[0], "0s"), (&auth[1], "2s")].map(|(auth, cache)| {
            let settings = [
                ("MOVIES_DATA_DIR", data.join(cache).display().to_string()),
                ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
                ("MOVIES_AUTH_URL", format!("http://{}", auth.address)),
                ("MOVIES_AUTH_CLIENT_SECRET", SECRET.to_owned()),
                ("MOVIES_AUTH_CACHE_TTL", cache.to_owned()),
                ("MOVIES_AUTH_TIMEOUT", "5s".to_owned()),
                ("MOVIES_LIMITS", "off".to_owned()),
            ];
            Service::start("movies-api", &settings)
        });
        for service in auth.iter().chain(&movies) {
            service.ready().await;
        }
        Self { auth, movies, variables }
    }

    /// Kills both replicas of auth-service, and starts them at the same addresses.
    async fn restart_auth(&mut self) {
        for auth in &mut self.auth {
            auth.process.signal("KILL");
            auth.process.wait(BOUND);
            *auth = start_auth(&self.variables, &auth.address);
            auth.ready().await;
        }
    }

    /// Sends a request with a body to the first replica, as `access`.
    async fn send(&self, method: Method, path: &str, access: &str, body: &Value) {
        let request = self.auth[0].client.request(method.clone(), path).bearer(access);
        let request = if body.is_null() { request } else { request.json(body) };
        let reply = request.send().await;
        assert!(reply.status.is_success(), "{method} {path}: {}", reply.text());
    }

    /// A new user, signed in; with a role when `role` is not empty.
    async fn user(&self, name: &str, admin: &str, role: &str) -> User {
        let credentials = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
        let auth = &self.auth[0].client;
        let made = auth.post("/api/v1/users").json(&credentials).send().await.assert_status(201);
        let id = made["user"]["id"].as_str().expect("an id").to_owned();
        if !role.is_empty() {
            let reason = json!({"reason": "story"});
            self.send(Method::POST, &format!("/api/v1/users/{id}/prove-email"), admin, &reason).await;
            self.send(Method::PUT, &format!("/api/v1/users/{id}/roles/{role}"), admin, &Value::Null).await;
        }
        let tokens = auth.post("/api/v1/sessions").json(&credentials).send().await.assert_status(201);
        let text = |name: &str| tokens["tokens"][name].as_str().expect("a token").to_owned();
        User { id, access: text("access_token"), refresh: text("refresh_token") }
    }

    /// Answers of all that check a token. The first two must know of an end at once.
    async fn check(&self, access: &str) -> [TokenStatus; 4] {
        let [one, other] = &self.auth;
        let [asking, caching] = &self.movies;
        [
            check(&one.client, "/api/v1/me", access).await,
            check(&asking.client, "/api/v1/films?page_size=1", access).await,
            check(&other.client, "/api/v1/me", access).await,
            check(&caching.client, "/api/v1/films?page_size=1", access).await,
        ]
    }
}

fn start_auth(variables: &[(&'static str, String)], listen: &str) -> Service {
    Service::start("auth-service", &[variables, &[("AUTH_LISTEN", listen.to_owned())]].concat())
}

async fn check(client: &TestClient, path: &str, access: &str) -> TokenStatus {
    let reply = client.get(path).bearer(access).send().await;
    if reply.status == 401 {
        reply.assert_problem(401, "auth.token_invalid");
        return Inactive;
    }
    if reply.assert_status(200)["viewer"]["mode"] == "degraded" { Unchecked } else { Active }
}

/// Users who lose their access, with the role that each has.
const LOSERS: [(&str, &str); 9] = [
    ("disabled", ""),
    ("deleted-by-operator", ""),
    ("deleted", ""),
    ("ended-by-operator", ""),
    ("signed-out", ""),
    ("password-changed", ""),
    ("role-revoked", "editor"),
    ("permission-removed", "curator"),
    ("role-deleted", "critic"),
];

/// What ends the access of the user `name`: the request, who sends it, and its body.
fn end_of(name: &str, user: &User, admin: &str) -> (Method, String, String, Value) {
    let (own, admin, reason) = (user.access.clone(), admin.to_owned(), json!({"reason": "story"}));
    let of_user = |part: &str| format!("/api/v1/users/{}/{part}", user.id);
    let passwords = json!({"current_password": PASSWORD, "new_password": "five dogs in a garden"});
    match name {
        "disabled" => (Method::POST, of_user("disable"), admin, reason),
        "deleted-by-operator" => (Method::POST, of_user("delete"), admin, reason),
        "ended-by-operator" => (Method::POST, of_user("end-sessions"), admin, reason),
        "deleted" => (Method::DELETE, "/api/v1/me".to_owned(), own, Value::Null),
        "signed-out" => (Method::DELETE, "/api/v1/sessions/current".to_owned(), own, Value::Null),
        "password-changed" => (Method::POST, "/api/v1/me/password".to_owned(), own, passwords),
        "role-revoked" => (Method::DELETE, of_user("roles/editor"), admin, Value::Null),
        "permission-removed" => {
            (Method::PATCH, "/api/v1/roles/curator".to_owned(), admin, json!({"permissions": ["films.write"]}))
        }
        _ => (Method::DELETE, "/api/v1/roles/critic".to_owned(), admin, Value::Null),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_ended_is_inactive_everywhere_with_a_cache_and_after_a_restart() {
    let _turn = turn().await;
    let (postgres, folder) = (Postgres::find(), tempfile::tempdir().expect("a folder"));
    let mut stack = Stack::start(folder.path(), postgres.database("revocations").await).await;
    let admin = sign_in(&stack.auth[0].client, ADMIN, PASSWORD).await;
    for (name, permissions) in [("curator", json!(["films.write", "audit.read"])), ("critic", json!(["audit.read"]))] {
        let role = json!({"name": name, "description": "", "permissions": permissions});
        stack.send(Method::POST, "/api/v1/roles", &admin, &role).await;
    }
    let bystander = stack.user("bystander", &admin, "editor").await;
    let mut losers = Vec::new();
    for (name, role) in LOSERS {
        losers.push((name, stack.user(name, &admin, role).await));
    }
    let everywhere = async |user: &User| stack.check(&user.access).await;
    for (name, user) in losers.iter().map(|(name, user)| (*name, user)).chain([("bystander", &bystander)]) {
        eventually(name, BOUND, async || everywhere(user).await == [Active; 4]).await;
    }

    for (name, user) in &losers {
        assert_eq!(everywhere(user).await, [Active; 4], "{name}: it is in the cache now");
        let (method, path, by, body) = end_of(name, user, &admin);
        stack.send(method, &path, &by, &body).await;
        assert_eq!(everywhere(user).await[..2], [Inactive; 2], "{name}: at once where every token is asked about");
        eventually(name, BOUND, async || everywhere(user).await == [Inactive; 4]).await;
    }
    assert_eq!(everywhere(&bystander).await, [Active; 4]);

    stack.restart_auth().await;
    let everywhere = async |user: &User| stack.check(&user.access).await;
    eventually("the bystander goes on", BOUND, async || everywhere(&bystander).await == [Active; 4]).await;
    for (name, user) in &losers {
        assert_eq!(everywhere(user).await, [Inactive; 4], "{name}: after a restart");
        let token = json!({"refresh_token": user.refresh});
        let reply = stack.auth[1].client.post("/api/v1/sessions/refresh").json(&token).send().await;
        // A role that ends leaves the session, and its next token without the role; so does a change of password.
        let goes_on = ["password-changed", "role-revoked", "permission-removed", "role-deleted"].contains(name);
        assert_eq!(reply.status, if goes_on { 200 } else { 401 }, "{name}: {}", reply.text());
    }
}
