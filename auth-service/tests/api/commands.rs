//! The command line on an embedded installation, as operators run it.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use credentials::keys::KeyFolder;
use sea_orm::ConnectionTrait;
use service_kit::{Clock, SystemClock};

use crate::app::{TestApp, unique_email};

/// Runs `auth-service` in a data folder, without the environment of the test process.
pub fn auth_service(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_auth-service"))
        .env_clear()
        .env("AUTH_DATA_DIR", data)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

#[test]
fn a_generated_password_is_printed_once_and_never_logged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let email = unique_email();
    let made = auth_service(&data, &["create-admin", &email], "");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let password = text(&made.stdout);
    assert_eq!(password.len(), 24);
    assert!(!text(&made.stderr).contains(&password) && !text(&made.stderr).contains(&email));

    let again = auth_service(&data, &["create-admin", &email], "");
    assert!(!again.status.success() && again.stdout.is_empty());
    assert!(text(&again.stderr).contains("the e-mail is taken"), "{}", text(&again.stderr));
}

#[test]
fn files_of_an_embedded_installation_are_accessible_to_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(auth_service(&data, &["create-admin", &unique_email()], "").status.success());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("auth.sqlite")), 0o600);
    assert_eq!(mode(&data.join("keys")), 0o700);
    for entry in std::fs::read_dir(data.join("keys")).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn a_password_may_come_from_standard_input_and_has_to_be_long_enough() {
    let folder = tempfile::tempdir().unwrap();
    let line = ["create-admin", "boss@example.org", "--password-file", "-"];
    let short = auth_service(folder.path(), &line, "short\n");
    assert!(!short.status.success() && text(&short.stderr).contains("8 to 256 characters"));
    let good = auth_service(folder.path(), &line, "five dogs in a garden\n");
    assert!(good.status.success(), "{}", text(&good.stderr));
}

#[test]
fn roles_are_granted_and_revoked_and_the_last_administrator_stays() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| auth_service(folder.path(), arguments, "");
    assert!(run(&["create-admin", "boss@example.org"]).status.success());
    assert!(run(&["grant-role", " BOSS@example.org", "editor"]).status.success());
    assert!(run(&["revoke-role", "boss@example.org", "editor"]).status.success());
    for (line, error) in [
        (["grant-role", "boss@example.org", "king"], "there is no role king"),
        (["grant-role", "nobody@example.org", "editor"], "no account"),
        (["revoke-role", "boss@example.org", "admin"], "last administrator"),
    ] {
        let refused = run(&line);
        assert!(!refused.status.success());
        assert!(text(&refused.stderr).contains(error), "{}", text(&refused.stderr));
    }
}

#[test]
fn roles_of_a_file_are_checked_migrated_and_granted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roles.toml");
    let setting = format!("--roles-file={}", file.display());
    let run = |arguments: &[&str]| auth_service(folder.path(), arguments, "");
    std::fs::write(&file, "[roles.moderator]\npermissions = ['films.fly']").unwrap();
    let refused = run(&["migrate", &setting]);
    assert!(!refused.status.success());
    let error = text(&refused.stderr);
    assert!(error.contains("AUTH_ROLES_FILE") && error.contains("films.fly"), "{error}");

    std::fs::write(&file, "[roles.moderator]\npermissions = ['films.write']").unwrap();
    assert!(run(&["migrate", &setting]).status.success());
    assert!(run(&["create-admin", "boss@example.org"]).status.success());
    let granted = run(&["grant-role", "boss@example.org", "moderator"]);
    assert!(granted.status.success(), "{}", text(&granted.stderr));
}

#[test]
fn a_server_without_keys_names_the_command_that_makes_them() {
    let folder = tempfile::tempdir().unwrap();
    let line =
        ["serve", "--service-clients=movies-api=0123456789abcdef", "--database-url=postgres://nobody@127.0.0.1:1/x"];
    let refused = auth_service(folder.path(), &line, "");
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("`auth-service create-key`"), "{}", text(&refused.stderr));
    let made = auth_service(folder.path(), &["create-key", "--activate-in", "10m"], "");
    assert!(text(&made.stdout).ends_with("Z.pem"), "{}", text(&made.stderr));
}

#[test]
fn a_new_key_has_the_named_type_or_that_of_the_key_that_signs() {
    let folder = tempfile::tempdir().unwrap();
    let create = |arguments: &[&str]| auth_service(folder.path(), &[&["create-key"], arguments].concat(), "");
    let types = || {
        let ring = KeyFolder::new(folder.path().join("keys")).read().unwrap();
        ring.jwks().keys.into_iter().map(|key| key.alg).collect::<Vec<_>>() // the latest first
    };
    for (arguments, made) in [
        (&["--alg", "ES256"][..], "ES256"),
        (&["--activate-in", "10m"], "ES256"),
        (&["--activate-in", "20m", "--alg", "EdDSA"], "EdDSA"),
        (&["--activate-in", "30m", "--alg", "RS256"], "RS256"),
    ] {
        let output = create(arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(types()[0], made, "{arguments:?}");
    }
    for name in ["HS256", "none", "rs256", "Ed25519", ""] {
        let refused = create(&["--activate-in", "40m", "--alg", name]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused.stderr).contains("RS256, ES256, EdDSA"), "{}", text(&refused.stderr));
    }
    assert_eq!(types().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_of_a_healthcheck_reports_readiness() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_without_tables().await;
    let listen = format!("--listen={}", app.address());
    let unready = auth_service(folder.path(), &["healthcheck", &listen], "");
    assert_eq!(unready.status.code(), Some(1));
    assert!(text(&unready.stderr).contains("auth-service migrate"), "{}", text(&unready.stderr));
    assert!(auth_service(folder.path(), &["healthcheck", "--live", &listen], "").status.success());

    let app = TestApp::start().await;
    let listen = format!("--listen={}", app.address());
    let ready = auth_service(folder.path(), &["healthcheck", &listen], "");
    assert!(ready.status.success() && ready.stderr.is_empty(), "{}", text(&ready.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a healthcheck writes nothing");
}

#[test]
fn accounts_are_imported_once_and_bad_lines_are_named_without_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| auth_service(folder.path(), arguments, "");
    let file = folder.path().join("accounts.ndjson");
    let lines = ["{\"email\":\"anna@example.org\"}", "{\"email\":\"hunter2\"}", "{\"email\":\"ANNA@example.org\"}"];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let line = ["import-users", file.to_str().unwrap()];
    let early = run(&line);
    assert!(!early.status.success() && text(&early.stderr).contains("auth-service migrate"));
    assert!(run(&["migrate"]).status.success());
    for attempt in 0..2 {
        let imported = run(&line);
        assert!(imported.status.success(), "{}", text(&imported.stderr));
        assert_eq!(text(&imported.stdout), "of 3 lines 1 was imported, 2 were refused");
        let named = text(&imported.stderr);
        assert!(!named.contains("hunter2") && named.contains("line 2: ") == (attempt == 0), "{named}");
    }
}

#[test]
fn logins_that_are_not_canonical_are_listed_and_converted_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| auth_service(folder.path(), arguments, "");
    assert!(run(&["migrate"]).status.success());
    for arguments in [&["check-logins"][..], &["check-logins", "--finish"]] {
        let checked = run(arguments);
        assert!(checked.status.success(), "{}", text(&checked.stderr));
        assert_eq!(text(&checked.stdout), "all logins are in canonical form");
    }
}

/// Gives the account at `email` a login as an earlier release has stored it.
async fn store_former_login(data: &Path, email: &str, login: &str) {
    let url = format!("sqlite://{}", data.join("auth.sqlite").display());
    let db = sea_orm::Database::connect(url).await.unwrap();
    for (table, column) in [("user_logins", "login"), ("users", "email_norm")] {
        let sql = format!("UPDATE {table} SET {column} = '{login}' WHERE {column} = '{email}'");
        db.execute_unprepared(&sql).await.unwrap();
    }
    db.close().await.unwrap();
}

#[tokio::test]
async fn logins_that_change_collide_or_are_no_address_are_listed_with_their_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| text(&auth_service(folder.path(), arguments, "").stdout);
    let logins = ["zoe\u{308}@e.org", "ioë@e.org", "ioë@e.org.", "a..b@e.org"];
    for (number, login) in logins.into_iter().enumerate() {
        let email = format!("person-{number}@example.org");
        assert!(auth_service(folder.path(), &["create-admin", &email], "").status.success());
        store_former_login(folder.path(), &email, login).await;
    }
    let listed = run(&["check-logins"]);
    for line in ["changes  ", "keeps    ", "collides ", "no address "] {
        assert_eq!(listed.matches(line).count(), 1, "{line}: {listed}");
    }
    let summary = "1 logins change, 1 mailboxes have several accounts, of which the first keeps the address, \
                   1 logins are no address; nothing was changed";
    assert!(listed.ends_with(summary), "{listed}");
    assert_eq!(run(&["check-logins"]), listed, "nothing was changed");

    let finished = run(&["check-logins", "--finish"]);
    let outcome = "2 logins are in canonical form now, 2 accounts sign in by their former spelling and have no e-mail";
    assert!(finished.ends_with(outcome), "{finished}");
    assert_eq!(run(&["check-logins"]), "all logins are in canonical form");
}

#[tokio::test]
async fn another_secret_of_a_client_is_printed_once_and_never_logged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(auth_service(&data, &["migrate"], "").status.success());
    let url = service_kit::database::sqlite_url(&data.join("auth.sqlite"));
    let store = account_storage::Store::connect(&url, 1).await.unwrap();
    let (kind, grants) = (oauth_clients::ClientKind::Confidential, vec![oauth_clients::Grant::ClientCredentials]);
    let definition = oauth_clients::ClientDefinition { grants, ..oauth_clients::ClientDefinition::new(kind) };
    let client = oauth_clients::Client { id: "reports".to_owned(), definition, secrets: Vec::new() };
    let context = accounts::AuditContext::of_command("a test", None, SystemClock.now());
    store.create_client(&client, &context).await.unwrap();

    let made = auth_service(&data, &["rotate-client-secret", "reports", "--old-until", "24h"], "");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let secret = text(&made.stdout);
    assert!(secret.starts_with("mqc_") && !text(&made.stderr).contains(&secret));
    let (_, clients) = store.load_clients(SystemClock.now()).await.unwrap();
    let hash = service_kit::secret_hash::SecretHash::of(&secret);
    assert_eq!(clients[0].secrets[0].hash.as_bytes(), hash.as_bytes());
    store.close().await;

    for (arguments, reason) in [
        (["nobody", "--old-until", "24h"], "there is no such client"),
        (["reports", "--old-until", "31d"], "at most 30 days"),
        (["marquee", "--old-until", "0s"], "defined by a file"),
    ] {
        let refused = auth_service(&data, &[&["rotate-client-secret"], &arguments[..]].concat(), "");
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{arguments:?}");
        assert!(text(&refused.stderr).contains(reason), "{}", text(&refused.stderr));
    }
}
