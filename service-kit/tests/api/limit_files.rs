//! Policy files and settings of limits: their effect, and errors that name the line.

use std::io::Write;

use contracts::endpoint::Endpoint;
use service_kit::server::limits::{LimitsConfig, LimitsText};
use service_kit::settings::{ConfigErrors, InvalidConfig};

use crate::service::{Echo, GoWrong, LIMITS, Read};

/// Reads settings with this policy file.
pub fn read(file: &str, change: impl FnOnce(&mut LimitsText<'_>)) -> Result<LimitsConfig, InvalidConfig> {
    let mut written = tempfile::NamedTempFile::new().expect("a file");
    written.write_all(file.as_bytes()).expect("the disk has room");
    let mut text = LimitsText { file: Some(written.path()), ..LimitsText::default() };
    change(&mut text);
    let mut errors = ConfigErrors::default();
    let config = LimitsConfig::read(&LIMITS, &text, "TEST_", &mut errors);
    errors.finish(config)
}

/// Errors of a policy file, each with its line.
fn errors_of(file: &str) -> Vec<String> {
    let error = read(file, |_| ()).expect_err("a bad file").to_string();
    let line = |text: &str| {
        let text = text.trim().strip_prefix("TEST_LIMITS_FILE: ").expect("the setting is named");
        text.split_once(':').expect("the file is named").1.to_owned()
    };
    error.lines().skip(1).map(line).collect()
}

#[test]
fn every_endpoint_of_the_table_is_covered() {
    assert_eq!(LimitsConfig::of(&LIMITS).uncovered(&LIMITS), [""; 0]);
    assert_eq!(LimitsConfig::of(&LIMITS).off().uncovered(&LIMITS), [Echo::ID, GoWrong::ID, Read::ID]);
}

#[test]
fn an_empty_file_changes_nothing() {
    for file in ["", "# nothing\n", "[policies]\n", "[policies.all]\n"] {
        read(file, |_| ()).expect("a good file");
    }
}

#[test]
fn a_policy_that_is_off_leaves_its_endpoints_to_the_others() {
    let config = read("policies.all.mode = 'off'", |_| ()).expect("a good file");
    assert_eq!(config.uncovered(&LIMITS), [GoWrong::ID, Read::ID]);
}

#[test]
fn every_error_in_a_file_is_reported_with_its_line() {
    let file = r#"title = "limits"
[policies.all]
quota = "many"
per = "moon"
mode = "perhaps"
outage = 3
colour = "red"

[policies.guess]
endpoints = ["echo", "go_wrong", "nowhere"]

[policies.own]
quota = "10/1s burst 20 free 1"
per = "client"
endpoints = "*"

[policies.typo]
mode = "off"

[policies."Not A Name"]
quota = "1/1s"
per = "address"
endpoints = ["echo", 7]
"#;
    let found = errors_of(file);
    let expected = [
        (1, "title"),
        (3, "`many` is not a quota"),
        (4, "`moon` is none of address, device, everything, client, user, account, account+address"),
        (5, "`perhaps` is none of enforce, shadow, off"),
        (6, "policies.all.outage: must be text in quotes"),
        (7, "policies.all.colour: there is no such field"),
        (10, "`go_wrong` cannot be counted per account"),
        (10, "there is no endpoint `nowhere` here"),
        (13, "`free` makes requests wait"),
        (17, "policies.typo.quota: is missing"),
        (17, "policies.typo.per: is missing"),
        (17, "policies.typo.endpoints: is missing"),
        (20, "a policy's name is"),
        (23, "policies.Not A Name.endpoints: must be a list"),
    ];
    for (line, text) in expected {
        let named = found.iter().any(|one| one.starts_with(&format!("{line}:")) && one.contains(text));
        assert!(named, "{line} {text} is missing in:\n{}", found.join("\n"));
    }
    assert_eq!(found.len(), expected.len(), "{}", found.join("\n"));
}

#[test]
fn invalid_toml_is_reported_with_its_line() {
    let found = errors_of("[policies.all]\nquota = \n[policies.all]\n");
    assert!(found.iter().any(|one| one.starts_with("2:")), "{found:?}");
}

#[test]
fn an_unreadable_file_is_named() {
    let error = read("", |text| text.file = Some(std::path::Path::new("/nowhere/limits.toml")));
    let error = error.expect_err("there is no such file").to_string();
    assert!(error.contains("TEST_LIMITS_FILE: cannot read /nowhere/limits.toml"), "{error}");
}

#[test]
fn more_policies_than_one_call_accepts_are_rejected() {
    let own = |number| format!("[policies.p{number}]\nquota = '1/1s'\nper = 'address'\nendpoints = '*'\n");
    let found = read(&(0..8).map(own).collect::<String>(), |_| ()).expect_err("too many").to_string();
    assert!(found.contains("`echo` has 9 policies") && found.contains("`go_wrong` has 9 policies"), "{found}");
}

#[test]
fn all_invalid_settings_are_reported_together_without_the_password() {
    let error = read("policies.all.quota = '0/1s'", |text| {
        text.limits = Some("maybe");
        text.redis_url = Some("http://user:hunter2@here".to_owned().into());
        text.trusted_proxies = Some("10.0.0.0/8, everybody");
        text.client_address_header = Some("x-real-ip");
        text.headers = Some("all");
    });
    let error = error.expect_err("bad settings").to_string();
    for name in
        ["LIMITS:", "LIMITS_FILE:", "REDIS_URL:", "TRUSTED_PROXIES:", "CLIENT_ADDRESS_HEADER:", "LIMIT_HEADERS:"]
    {
        assert!(error.contains(&format!("TEST_{name}")), "{name} is missing in: {error}");
    }
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn debug_output_does_not_show_the_password_of_redis() {
    let config = read("", |text| text.redis_url = Some("redis://user:hunter2@here".to_owned().into()));
    assert!(!format!("{config:?}").contains("hunter2"));
}
