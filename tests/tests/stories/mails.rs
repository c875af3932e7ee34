//! kill -9 between a change and its mail: the mail is sent after the next start.

use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use serde_json::json;
use service_kit::database::sqlite_url;
use service_kit::testing::eventually;
use tests::services::{Service, sign_in};
use tokio::net::TcpListener;

use crate::load::turn;

const BOUND: Duration = Duration::from_secs(120);
const OLD: &str = "three cats on a sofa";
const NEW: &str = "five dogs in a garden";

fn variables(data: &Path) -> Vec<(&'static str, String)> {
    vec![("AUTH_DATA_DIR", data.display().to_string()), ("AUTH_LISTEN", "127.0.0.1:0".to_owned())]
}

/// Texts of the mails that became files.
pub fn mails(data: &Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(data.join("mails")) else { return Vec::new() };
    let paths = files.map(|file| file.expect("a folder that can be read").path());
    let complete = paths.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
    complete.map(|path| std::fs::read_to_string(path).expect("a mail")).collect()
}

#[tokio::test]
async fn a_process_killed_between_a_change_and_its_mail_loses_no_mail() {
    let _turn = turn().await;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    // A mail server that accepts connections and never replies.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("smtp://{}", silent.local_addr().expect("an address"));
    let smtp = [("AUTH_SMTP_URL", url), ("AUTH_MAIL_FROM", "no-reply@cinema.example".to_owned())];
    let mut auth = Service::start("auth-service", &[variables(data), smtp.to_vec()].concat());
    auth.ready().await;
    let people = ["anna@example.org", "boris@example.org", "vera@example.org"];
    for email in people {
        let person = json!({"email": email, "password": OLD});
        auth.client.post("/api/v1/users").json(&person).send().await.assert_status(201);
        let token = sign_in(&auth.client, email, OLD).await;
        let change = json!({"current_password": OLD, "new_password": NEW});
        auth.client.post("/api/v1/me/password").bearer(&token).json(&change).send().await.assert_status(200);
    }
    auth.process.signal("KILL");
    auth.process.wait(BOUND);
    drop(silent);

    // As if the claims of the dead process had ended.
    let database = Database::connect(sqlite_url(&data.join("auth.sqlite"))).await.expect("the database");
    database.execute_unprepared("UPDATE mails SET due_at = created_at").await.expect("the outbox");
    database.close().await.expect("a database that closes");
    let auth = Service::start("auth-service", &variables(data));
    auth.ready().await;
    eventually("the mails are there", BOUND, async || mails(data).len() == people.len()).await;
    for email in people {
        let to = format!("To: {email}\r\n");
        assert_eq!(mails(data).iter().filter(|mail| mail.contains(&to)).count(), 1, "{email}");
    }
}
