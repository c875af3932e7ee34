//! Verification of addresses: every provider with every spelling of the claim.

use serde_json::{Value, json};
use stub_providers::{Kind, Person};

use crate::support::Bench;

/// Values of `email_verified`; the first two mean verified.
fn verified_claims() -> [Option<Value>; 8] {
    let unverified =
        [Some(json!(false)), Some(json!("false")), None, Some(json!(null)), Some(json!(1)), Some(json!("yes"))];
    let [a, b, c, d, e, f] = unverified;
    [Some(json!(true)), Some(json!("true")), a, b, c, d, e, f]
}

async fn vouched(bench: &Bench, person: Person) -> bool {
    bench.stub.person(person);
    bench.sign_in().await.unwrap().email.unwrap().vouched
}

#[tokio::test]
async fn google_verifies_its_own_mailboxes_marked_as_verified() {
    let bench = Bench::start(Kind::Google);
    for (number, claim) in verified_claims().into_iter().enumerate() {
        let person = |email| Person { email_verified: claim.clone(), ..Person::new("1", email) };
        let workspace = Person { workspace: Some("firm.test".into()), ..person("a@firm.test") };
        let foreign = Person { workspace: Some("other.test".into()), ..person("a@firm.test") };
        assert_eq!(vouched(&bench, person("a@gmail.com")).await, number < 2, "{claim:?}");
        assert_eq!(vouched(&bench, workspace).await, number < 2, "{claim:?}");
        assert!(!vouched(&bench, person("a@firm.test")).await && !vouched(&bench, foreign).await, "{claim:?}");
    }
}

#[tokio::test]
async fn yandex_verifies_the_mailbox_of_the_login() {
    let bench = Bench::start(Kind::Yandex);
    for claim in verified_claims() {
        let person = |email, login: &str| Person {
            email_verified: claim.clone(),
            login: login.to_owned(),
            ..Person::new("1", email)
        };
        assert!(vouched(&bench, person("vasya@yandex.ru", "vasya")).await);
        assert!(!vouched(&bench, person("vasya@yandex.ru", "petya")).await);
        assert!(!vouched(&bench, person("vasya@gmail.com", "vasya")).await);
    }
}

#[tokio::test]
async fn vk_verifies_no_address() {
    let bench = Bench::start(Kind::Vk);
    for claim in verified_claims() {
        let person = Person { email_verified: claim, ..Person::new("1", "a@vk.com") };
        assert!(!vouched(&bench, person).await);
    }
}

#[tokio::test]
async fn mail_ru_verifies_its_own_mailboxes() {
    let bench = Bench::start(Kind::MailRu);
    for claim in verified_claims() {
        let person = |email| Person { email_verified: claim.clone(), ..Person::new("1", email) };
        for own in ["a@mail.ru", "a@inbox.ru", "a@list.ru", "a@bk.ru", "a@internet.ru"] {
            assert!(vouched(&bench, person(own)).await, "{own}");
        }
        assert!(!vouched(&bench, person("a@gmail.com")).await);
    }
}

#[tokio::test]
async fn a_generic_provider_verifies_addresses_only_if_the_settings_allow_it() {
    let (plain, trusted) =
        (Bench::start(Kind::Oidc), Bench::start_with(Kind::Oidc, &["--oidc-trust-email=true"], |_| ()));
    for (number, claim) in verified_claims().into_iter().enumerate() {
        let person = Person { email_verified: claim.clone(), ..Person::new("1", "a@firm.test") };
        assert!(!vouched(&plain, person.clone()).await, "{claim:?}");
        assert_eq!(vouched(&trusted, person).await, number < 2, "{claim:?}");
    }
}

#[tokio::test]
async fn malformed_addresses_are_absent() {
    for kind in Kind::ALL {
        let bench = Bench::start(kind);
        for text in ["not-an-address", "a@b@c", "@c.test"] {
            bench.stub.person(Person::new("1", text));
            assert!(bench.sign_in().await.unwrap().email.is_none(), "{kind:?}: {text}");
        }
    }
}
