//! kill -9 while codes are sent: none is lost, and a mail that arrives twice has one `Message-ID` and one code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;
use service_kit::database::sqlite_url;
use service_kit::testing::eventually;
use tests::mail_server::MailServer;
use tests::mailbox::{code, header};
use tests::process::Process;
use tests::services::{Service, sign_in};

use crate::account_secrets::at_rest;
use crate::load::turn;

const BOUND: Duration = Duration::from_secs(120);
const NEW: &str = "five dogs in a garden";

/// auth-service without limits on a data folder, and its mail server.
struct Cinema {
    folder: tempfile::TempDir,
    server: MailServer,
}

impl Cinema {
    /// With an account for each address. They have no password, so that none has to be hashed.
    async fn create(addresses: &[String]) -> Self {
        let cinema = Self { folder: tempfile::tempdir().expect("a folder"), server: MailServer::start().await };
        let file = cinema.folder.path().join("accounts.ndjson");
        let lines = addresses.iter().map(|email| format!("{}\n", json!({"email": email})));
        std::fs::write(&file, lines.collect::<String>()).expect("a file");
        for arguments in [&["migrate"][..], &["import-users", &file.display().to_string()]] {
            assert!(Process::start("auth-service", arguments, &cinema.variables()).wait(BOUND).success());
        }
        cinema
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let own = [("AUTH_DATA_DIR", self.data().display().to_string()), ("AUTH_LISTEN", "127.0.0.1:0".to_owned())];
        [&own[..], &[("AUTH_LIMITS", "off".to_owned())], &self.server.variables()].concat()
    }

    async fn start(&self) -> Service {
        let auth = Service::start("auth-service", &self.variables());
        auth.ready().await;
        auth
    }

    async fn database(&self) -> DatabaseConnection {
        Database::connect(sqlite_url(&self.data().join("auth.sqlite"))).await.expect("the database")
    }

    /// Makes the mails of dead processes due, as if their claims had ended.
    async fn end_claims(&self) {
        let database = self.database().await;
        let update = "UPDATE mails SET due_at = created_at WHERE done_at IS NULL";
        database.execute_unprepared(update).await.expect("the outbox");
        database.close().await.expect("a database that closes");
    }

    async fn count_waiting(&self) -> i64 {
        let database = self.database().await;
        let sql = "SELECT count(*) FROM mails WHERE done_at IS NULL";
        let row = database.query_one_raw(Statement::from_string(database.get_database_backend(), sql)).await;
        let count = row.expect("the outbox").expect("a row").try_get_by_index(0).expect("a number");
        database.close().await.expect("a database that closes");
        count
    }

    /// Message-IDs and codes of the mails to an address.
    fn received(&self, email: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let mails = self.server.mails();
        let own: Vec<_> = mails.iter().filter(|mail| header(mail, "To") == email).collect();
        let ids = own.iter().map(|mail| header(mail, "Message-ID").to_owned()).collect();
        (ids, own.iter().filter_map(|mail| code(mail)).map(str::to_owned).collect())
    }
}

fn kill(mut auth: Service) {
    auth.process.signal("KILL");
    auth.process.wait(BOUND);
}

/// Asks for a reset in English, whose mails are plain ASCII. Returns its id.
async fn ask_reset(auth: &Service, email: &str) -> String {
    let request = auth.client.post("/api/v1/password-resets").header("accept-language", "en");
    let reply = request.json(&json!({"email": email})).send().await.assert_status(202);
    reply["reset_id"].as_str().expect("an id").to_owned()
}

/// Sets a new password with a code, and signs in with it.
async fn reset(auth: &Service, email: &str, id: &str, code: &str) {
    let body = json!({"code": code, "password": NEW});
    auth.client.post(&format!("/api/v1/password-resets/{id}")).json(&body).send().await.assert_status(204);
    sign_in(&auth.client, email, NEW).await;
}

#[tokio::test]
async fn a_mail_accepted_before_a_kill_is_repeated_with_its_message_id_and_its_code() {
    let _turn = turn().await;
    let anna = "anna@example.org".to_owned();
    let cinema = Cinema::create(std::slice::from_ref(&anna)).await;
    cinema.server.be_silent(true);
    let auth = cinema.start().await;
    let id = ask_reset(&auth, &anna).await;
    eventually("the mail is accepted", BOUND, async || cinema.server.mails().len() == 1).await;
    kill(auth); // it never learned so
    assert_eq!(cinema.count_waiting().await, 1);
    let sent = cinema.server.mails();
    assert!(!at_rest(cinema.data()).contains(code(&sent[0]).expect("a code")), "a mail that waits is sealed");

    cinema.server.be_silent(false);
    cinema.end_claims().await;
    let auth = cinema.start().await;
    eventually("the mail is repeated", BOUND, async || cinema.server.mails().len() == 2).await;
    let (ids, codes) = cinema.received(&anna);
    assert_eq!((ids.len(), codes.len()), (1, 1), "{ids:?}");
    reset(&auth, &anna, &id, codes.first().expect("a code")).await;
    eventually("the notice is sent, too", BOUND, async || cinema.server.mails().len() == 3).await;
    eventually("nothing waits", BOUND, async || cinema.count_waiting().await == 0).await;
}

#[tokio::test]
async fn kills_at_any_moment_lose_no_code_and_send_no_second_one() {
    let _turn = turn().await;
    // The server confirms mails or not, and the kill comes when it has accepted so many: right after the last reply, in
    // the first deliveries, with all slots in use, after some.
    let rounds = [(true, 0), (false, 1), (false, 8), (true, 5)];
    let address = |number: usize| format!("person-{number}@cinema-{number}.example"); // domains have two slots each
    let addresses: Vec<_> = (0..rounds.len() * 10).map(address).collect();
    let cinema = Cinema::create(&addresses).await;
    let mut resets = BTreeMap::new();
    for ((confirms, accepted), addresses) in rounds.into_iter().zip(addresses.chunks(10)) {
        cinema.server.be_silent(!confirms);
        let auth = cinema.start().await;
        let before = cinema.server.mails().len();
        for email in addresses {
            resets.insert(email, ask_reset(&auth, email).await);
        }
        eventually("so many are accepted", BOUND, async || cinema.server.mails().len() >= before + accepted).await;
        kill(auth);
    }

    cinema.server.be_silent(false);
    cinema.end_claims().await;
    let auth = cinema.start().await;
    eventually("nothing waits", BOUND, async || cinema.count_waiting().await == 0).await;
    assert!(cinema.server.mails().len() > addresses.len(), "none was repeated");
    for (number, (email, id)) in resets.into_iter().enumerate() {
        let (ids, codes) = cinema.received(email);
        assert_eq!((ids.len(), codes.len()), (1, 1), "{email}: {ids:?}");
        if number % 10 == 0 {
            reset(&auth, email, &id, codes.first().expect("a code")).await;
        }
    }
}
