//! No secret of an account is logged, exported, or stored in clear: a walk through proof, change, reset, "not me", acts
//! of operators and an import, and then a search for everything that only the owner may know.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use service_kit::testing::{TestClient, TestReply, eventually};
use tests::mailbox::{code, header, links, mails_in};
use tests::process::Process;

use crate::secrets::every_crate_at_debug;
use crate::traces::Traced;

const BOUND: Duration = Duration::from_secs(120);
/// Part of every address, password, reason and bad line of the walk.
const CANARY: &str = "canary-";
const OLD: &str = "canary-old-password-7c1e";
const NEW: &str = "canary-new-password-2b9a";
const ADMIN_PASSWORD: &str = "canary-admin-password-9d4f";
const REASON: &str = "canary-ticket-42";
const BIRTH_DATE: &str = "1987-06-05";
/// A hash by bcrypt, and its password.
const IMPORTED: (&str, &str) = ("$2b$04$3S1C9QkWvX4bwDA00I8zK.R40DQsdKGkCBPNxfFSNKyTwzvxzFdhW", "three cats on a sofa");
/// The issuer that auth-service has without settings.
const ISSUER: &str = "http://127.0.0.1:8001";

fn email(name: &str) -> String {
    format!("{CANARY}{name}@example.org")
}

/// Requests of the walk, and the secrets that their replies hold.
struct Walk<'a> {
    auth: TestClient,
    data: &'a Path,
    log: &'a str,
    /// Tokens and ids of resets.
    secrets: BTreeSet<String>,
    /// Output of commands.
    printed: Vec<String>,
}

impl Walk<'_> {
    async fn sign_up(&mut self, name: &str) -> String {
        let body = json!({"email": email(name), "password": OLD});
        self.auth.post("/api/v1/users").json(&body).send().await.assert_status(201);
        self.sign_in(name, OLD).await
    }

    /// Returns the access token.
    async fn sign_in(&mut self, name: &str, password: &str) -> String {
        let body = json!({"email": email(name), "password": password});
        let reply = self.auth.post("/api/v1/sessions").json(&body).send().await.assert_status(201);
        let text = |name: &str| reply["tokens"][name].as_str().expect("a token").to_owned();
        self.secrets.extend([text("access_token"), text("refresh_token")]);
        self.secrets.extend(reply["known_device"].as_str().map(str::to_owned));
        text("access_token")
    }

    /// The newest mail to an address, once it has got so many.
    async fn mail_to(&self, name: &str, count: usize) -> String {
        let own = || -> Vec<String> {
            mails_in(self.data).into_iter().filter(|mail| header(mail, "To") == email(name)).collect()
        };
        eventually("the mail is there", BOUND, async || own().len() >= count).await;
        own().pop().expect("a mail")
    }

    /// Opens the pages behind the links of a mail.
    async fn open_all(&self, mail: &str) {
        let links = links(mail);
        assert!(!links.is_empty(), "{mail}");
        for link in links {
            let page = self.auth.get(link).send().await;
            assert_eq!(page.status, 200, "{link}: {}", page.text());
        }
    }

    /// Sends the form of the page behind a link of a mail, as a browser does.
    async fn press(&self, link: &str, action: &str, field: (&str, &str)) -> TestReply {
        let page = self.auth.get(link).send().await;
        let cookies =
            page.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok()?.split(';').next());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let text = page.text();
        let hidden = |name: &str| {
            let (_, rest) = text.rsplit_once(&format!("name=\"{name}\" value=\"")).expect("a form with this field");
            rest.split('"').next().expect("a value").to_owned()
        };
        let (token, secret) = (hidden("form_token"), hidden("link"));
        let request = self.auth.post(action).header("origin", ISSUER).header("sec-fetch-site", "same-origin");
        let fields = [("form_token", token.as_str()), ("link", secret.as_str()), field];
        request.header("cookie", &cookies).form(&fields).send().await
    }

    /// Runs a command. Keeps what it prints, except what its operator has typed.
    fn run(&mut self, arguments: &[&str]) {
        let variables = [("AUTH_DATA_DIR", self.data.display().to_string()), ("RUST_LOG", self.log.to_owned())];
        let mut command = Process::start("auth-service", arguments, &variables);
        assert!(command.wait(BOUND).success(), "{arguments:?}: {:?}", command.output());
        let without_typed = |line: String| arguments.iter().fold(line, |line, typed| line.replace(typed, ""));
        self.printed.extend(command.output().into_iter().map(without_typed));
    }

    /// Proof and change of an address. Returns the copy of the account's data.
    async fn prove_and_change(&mut self) -> String {
        let token = self.sign_up("anna").await;
        let post = |path: &str| self.auth.post(path).bearer(&token);
        post("/api/v1/me/email/proof").send().await.assert_status(202);
        let mail = self.mail_to("anna", 1).await;
        self.open_all(&mail).await;
        let proof = json!({"code": code(&mail)});
        post("/api/v1/me/email/proof/confirm").json(&proof).send().await.assert_status(204);
        let change = json!({"email": email("moved"), "password": OLD});
        self.auth.put("/api/v1/me/email").bearer(&token).json(&change).send().await.assert_status(202);
        let (new, present) = (self.mail_to("moved", 1).await, self.mail_to("anna", 2).await);
        let codes = json!({"code": code(&new), "present_code": code(&present)});
        post("/api/v1/me/email/change").json(&codes).send().await.assert_status(204);
        self.open_all(&self.mail_to("anna", 3).await).await;
        let export = self.auth.get("/api/v1/me/export").bearer(&token).send().await;
        export.assert_status(200);
        export.text()
    }

    /// Returns the id of the reset.
    async fn ask_reset(&mut self, name: &str) -> String {
        let body = json!({"email": email(name)});
        let reply = self.auth.post("/api/v1/password-resets").json(&body).send().await.assert_status(202);
        let id = reply["reset_id"].as_str().expect("an id").to_owned();
        self.secrets.insert(id.clone());
        id
    }

    /// Resets by a code, with a wrong one before it, and by a link.
    async fn reset(&mut self) {
        self.sign_up("boris").await;
        let reset = self.ask_reset("boris").await;
        let mail = self.mail_to("boris", 1).await;
        self.open_all(&mail).await;
        let right = code(&mail).expect("a code");
        let wrong = format!("{}{}", &right[1..], if right.starts_with('0') { '1' } else { '0' });
        for (code, status) in [(wrong.as_str(), 400), (right, 204)] {
            let body = json!({"code": code, "password": NEW});
            let path = format!("/api/v1/password-resets/{reset}");
            self.auth.post(&path).json(&body).send().await.assert_status(status);
        }
        self.ask_reset("boris").await;
        let mail = self.mail_to("boris", 3).await; // the second is the notice of the first reset
        let link = links(&mail)[0];
        let reply = self.press(link, "/account/reset", ("password", OLD)).await;
        assert_eq!(reply.header("location"), "/account/sign-in?done=password-reset", "{}", reply.text());
        self.sign_in("boris", OLD).await;
    }

    /// The owner of a mailbox frees an address that somebody typed.
    async fn free_a_claim(&mut self) {
        let token = self.sign_up("vera").await;
        self.auth.post("/api/v1/me/email/proof").bearer(&token).send().await.assert_status(202);
        let mail = self.mail_to("vera", 1).await;
        let link = *links(&mail).iter().find(|link| link.contains("/not-me?")).expect("a link");
        let reply = self.press(link, "/account/not-me", ("email", &email("vera"))).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    async fn operate(&mut self, files: &Path) {
        self.sign_up("galina").await;
        let (owner, admin) = (email("galina"), email("admin"));
        for (name, password) in [("admin", ADMIN_PASSWORD), ("galina", NEW)] {
            std::fs::write(files.join(name), password).expect("a file");
        }
        let file = |name: &str| files.join(name).display().to_string();
        self.run(&["create-admin", &admin, "--password-file", &file("admin")]);
        for act in ["disable", "enable", "prove-email", "end-sessions"] {
            self.run(&["users", act, &owner, "--reason", REASON]);
        }
        self.run(&["reset-password", &owner, "--password-file", &file("galina")]);
        self.sign_in("galina", NEW).await;
        let token = self.sign_in("admin", ADMIN_PASSWORD).await;
        let path = format!("/api/v1/users/search?email={}&reason={REASON}", owner.replace('@', "%40"));
        let found = self.auth.get(&path).bearer(&token).send().await.assert_status(200);
        let user = format!("/api/v1/users/{}", found["items"][0]["id"].as_str().expect("an id"));
        self.auth.get(&format!("{user}?reason={REASON}")).bearer(&token).send().await.assert_status(200);
        for act in ["disable", "enable", "unlock", "prove-email", "correct-birth-date", "free-email", "delete"] {
            let mut body = json!({"reason": REASON});
            if act == "correct-birth-date" {
                body["birth_date"] = json!(BIRTH_DATE);
            }
            self.auth.post(&format!("{user}/{act}")).bearer(&token).json(&body).send().await.assert_status(204);
        }
        self.auth.get(&format!("/api/v1/audit?reason={REASON}")).bearer(&token).send().await.assert_status(200);
    }

    async fn import(&mut self, files: &Path) {
        let lines = [
            json!({"email": email("dmitri"), "password_hash": IMPORTED.0}).to_string(),
            json!({"email": email("dmitri")}).to_string(),
            json!({"email": "canary-no-address"}).to_string(),
            json!({"email": email("eva"), "password_hash": "canary-no-hash"}).to_string(),
            json!({"email": email("eva"), "canary-field": 1}).to_string(),
            "canary-no-json".to_owned(),
        ];
        let file = files.join("accounts.ndjson");
        std::fs::write(&file, lines.join("\n")).expect("a file");
        self.run(&["import-users", &file.display().to_string()]);
        assert!(self.printed.iter().any(|line| line.contains("1 was imported, 5 were refused")), "{:?}", self.printed);
        self.sign_in("dmitri", IMPORTED.1).await;
    }
}

/// `true` when the digits stand in the text as a word of their own: ids and times are full of digits.
fn holds_code(text: &str, code: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let is_word = |at: usize| {
        let bytes = text.as_bytes();
        ends(at.checked_sub(1).and_then(|before| bytes.get(before))) && ends(bytes.get(at + code.len()))
    };
    text.match_indices(code).any(|(at, _)| is_word(at))
}

/// All bytes of the database, as text.
pub fn at_rest(data: &Path) -> String {
    let files = ["auth.sqlite", "auth.sqlite-wal"].map(|name| std::fs::read(data.join(name)).unwrap_or_default());
    String::from_utf8_lossy(&files.concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_an_account_is_logged_exported_or_stored_in_clear() {
    let (folder, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (data, log) = (folder.path(), every_crate_at_debug());
    let mut traced = Traced::start(data, &[("RUST_LOG", log.as_str()), ("AUTH_LIMITS", "off")]).await;
    let auth = traced.auth.client.clone();
    let mut walk = Walk { auth, data, log: &log, secrets: BTreeSet::new(), printed: Vec::new() };
    let export = walk.prove_and_change().await;
    walk.reset().await;
    walk.free_a_claim().await;
    walk.operate(files.path()).await;
    walk.import(files.path()).await;
    for service in [&mut traced.movies, &mut traced.auth] {
        service.process.signal("TERM");
        assert!(service.process.wait(BOUND).success());
    }

    let mails = mails_in(data);
    let codes: BTreeSet<&str> = mails.iter().filter_map(|mail| code(mail)).collect();
    let links = mails.iter().flat_map(|mail| links(mail)).filter_map(|link| Some(link.rsplit_once('=')?.1));
    let links: BTreeSet<&str> = links.collect();
    assert!(codes.len() >= 6 && links.len() >= 6, "{} codes, {} links", codes.len(), links.len());
    let secrets: Vec<&str> = walk.secrets.iter().map(String::as_str).chain(links).chain([IMPORTED.1]).collect();

    let lines = [traced.auth.process.output(), traced.movies.process.output(), walk.printed].concat();
    assert!(lines.iter().any(|line| line.contains("password reset")), "the walk was logged");
    for secret in secrets.iter().copied().chain([CANARY, IMPORTED.0, BIRTH_DATE]) {
        let found: Vec<_> = lines.iter().filter(|line| line.contains(secret)).collect();
        assert!(found.is_empty(), "{secret} was logged: {found:#?}");
        assert!(!traced.collector.has_seen(secret), "{secret} was exported");
    }
    let stored = at_rest(data);
    assert!(stored.contains(&email("boris")), "the database was read");
    for secret in secrets.into_iter().chain([OLD, NEW, ADMIN_PASSWORD]) {
        assert!(!stored.contains(secret), "{secret} is stored");
        assert!(!export.contains(secret), "{secret} is in the copy of the account");
    }
    for code in codes {
        let found: Vec<_> = lines.iter().filter(|line| holds_code(line, code)).collect();
        assert!(found.is_empty(), "the code {code} was logged: {found:#?}");
        assert!(!traced.collector.has_seen(code) && !stored.contains(code), "the code {code} was exported or stored");
        assert!(!holds_code(&export, code), "the code {code} is in the copy of the account");
    }
}
