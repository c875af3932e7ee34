//! Which word for an address counts: every provider with every way to say it.

use serde_json::{Value, json};
use stub_providers::{Kind, Person};

use crate::support::Bench;

/// Ways to say whether an address was proved; the first two say yes.
fn words() -> [Option<Value>; 8] {
    let no = [Some(json!(false)), Some(json!("false")), None, Some(json!(null)), Some(json!(1)), Some(json!("yes"))];
    let [a, b, c, d, e, f] = no;
    [Some(json!(true)), Some(json!("true")), a, b, c, d, e, f]
}

async fn vouched(bench: &Bench, person: Person) -> bool {
    bench.stub.person(person);
    bench.sign_in().await.unwrap().email.unwrap().vouched
}

#[tokio::test]
async fn google_counts_for_its_own_mailboxes_that_it_calls_verified() {
    let bench = Bench::start(Kind::Google);
    for (number, word) in words().into_iter().enumerate() {
        let person = |email| Person { email_verified: word.clone(), ..Person::new("1", email) };
        let workspace = Person { workspace: Some("firm.test".into()), ..person("a@firm.test") };
        let foreign = Person { workspace: Some("other.test".into()), ..person("a@firm.test") };
        assert_eq!(vouched(&bench, person("a@gmail.com")).await, number < 2, "{word:?}");
        assert_eq!(vouched(&bench, workspace).await, number < 2, "{word:?}");
        assert!(!vouched(&bench, person("a@firm.test")).await && !vouched(&bench, foreign).await, "{word:?}");
    }
}

#[tokio::test]
async fn yandex_counts_for_the_mailbox_of_the_login() {
    let bench = Bench::start(Kind::Yandex);
    for word in words() {
        let person = |email, login: &str| Person {
            email_verified: word.clone(),
            login: login.to_owned(),
            ..Person::new("1", email)
        };
        assert!(vouched(&bench, person("vasya@yandex.ru", "vasya")).await);
        assert!(!vouched(&bench, person("vasya@yandex.ru", "petya")).await);
        assert!(!vouched(&bench, person("vasya@gmail.com", "vasya")).await);
    }
}

#[tokio::test]
async fn vk_never_counts() {
    let bench = Bench::start(Kind::Vk);
    for word in words() {
        let person = Person { email_verified: word, ..Person::new("1", "a@vk.com") };
        assert!(!vouched(&bench, person).await);
    }
}

#[tokio::test]
async fn mail_counts_for_its_own_mailboxes() {
    let bench = Bench::start(Kind::MailRu);
    for word in words() {
        let person = |email| Person { email_verified: word.clone(), ..Person::new("1", email) };
        for own in ["a@mail.ru", "a@inbox.ru", "a@list.ru", "a@bk.ru", "a@internet.ru"] {
            assert!(vouched(&bench, person(own)).await, "{own}");
        }
        assert!(!vouched(&bench, person("a@gmail.com")).await);
    }
}

#[tokio::test]
async fn any_other_provider_counts_only_if_the_settings_say_so() {
    let (plain, trusted) =
        (Bench::start(Kind::Oidc), Bench::start_with(Kind::Oidc, &["--oidc-trust-email=true"], |_| ()));
    for (number, word) in words().into_iter().enumerate() {
        let person = Person { email_verified: word.clone(), ..Person::new("1", "a@firm.test") };
        assert!(!vouched(&plain, person.clone()).await, "{word:?}");
        assert_eq!(vouched(&trusted, person).await, number < 2, "{word:?}");
    }
}

#[tokio::test]
async fn what_is_no_address_is_none() {
    for kind in Kind::ALL {
        let bench = Bench::start(kind);
        for text in ["not-an-address", "a@b@c", "a b@c.test"] {
            bench.stub.person(Person::new("1", text));
            assert!(bench.sign_in().await.unwrap().email.is_none(), "{kind:?}: {text}");
        }
    }
}
