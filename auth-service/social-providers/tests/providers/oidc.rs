//! A generic OpenID Connect provider.

use std::time::Duration;

use serde_json::{Value, json};
use social_providers::ProviderError;
use stub_providers::{Endpoint, Fault, Kind, Lie, Person, Signing};

use crate::support::{Bench, SignInFlow, is_not_acceptable, logged, parameter};

#[tokio::test]
async fn a_provider_is_found_by_its_issuer_alone() {
    let bench = Bench::start(Kind::Oidc);
    let profile = bench.sign_in().await.unwrap();
    assert_eq!(profile.subject, "1000000001");
    assert_eq!(profile.email.unwrap().address, "anna.stub@example.org");
    assert_eq!(bench.enabled().label.en, "Stub ID");
    assert_eq!(bench.enabled().provider.issuer(), Some(bench.stub.base()));
}

#[tokio::test]
async fn every_algorithm_that_can_be_verified_works() {
    let bench = Bench::start(Kind::Oidc);
    for signing in Signing::GOOD {
        bench.stub.sign(signing);
        let outcome = bench.sign_in().await;
        assert!(outcome.is_ok(), "{signing:?}: {outcome:?}");
    }
    assert_eq!(bench.stub.calls_at(Endpoint::Jwks).len(), 1, "keys are cached");
    assert_eq!(bench.stub.calls_at(Endpoint::Discovery).len(), 1, "and so is the document");
}

#[tokio::test]
async fn client_credentials_go_into_the_header_unless_the_provider_supports_only_the_body() {
    for (methods, in_body) in [
        (json!(null), false),
        (json!(["client_secret_post", "client_secret_basic"]), false),
        (json!(["client_secret_post"]), true),
    ] {
        let bench = Bench::start(Kind::Oidc);
        bench.stub.change(Endpoint::Discovery, move |document| {
            document["token_endpoint_auth_methods_supported"] = methods.clone();
        });
        let grant = bench.sign_in().await.unwrap().grant.unwrap();
        bench.enabled().provider.revoke(&grant).await.unwrap();
        for at in [Endpoint::Token, Endpoint::Revoke] {
            let call = bench.stub.calls_at(at).pop().unwrap();
            assert_eq!(call.field("client_secret").is_some(), in_body, "{at:?}");
            assert_eq!(call.header("authorization").is_some(), !in_body, "{at:?}");
        }
        assert_eq!(bench.stub.live_tokens(), (0, 0));
    }
}

#[tokio::test]
async fn without_a_revocation_endpoint_no_grant_is_kept() {
    let bench = Bench::start(Kind::Oidc);
    bench.stub.change(Endpoint::Discovery, |document| {
        document.as_object_mut().unwrap().remove("revocation_endpoint");
    });
    assert!(bench.sign_in().await.unwrap().grant.is_none());
}

#[tokio::test]
async fn a_document_of_another_issuer_is_not_accepted() {
    let bench = Bench::start(Kind::Oidc);
    bench.stub.lie(Lie::Issuer);
    assert!(is_not_acceptable(&SignInFlow::start(bench.enabled()).await));
    bench.stub.clear_faults();
    bench.stub.change(Endpoint::Discovery, |document| {
        document["issuer"] = format!("{}/", document["issuer"].as_str().unwrap()).into();
    });
    assert!(is_not_acceptable(&SignInFlow::start(bench.enabled()).await), "a slash is another issuer");
}

#[tokio::test]
async fn endpoints_in_a_document_cannot_be_link_local_or_non_http() {
    let names = ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint"];
    let bad = [
        "http://169.254.169.254/latest/",
        "http://[fe80::1]/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://x/",
    ];
    for name in names {
        for url in bad {
            let bench = Bench::start(Kind::Oidc);
            bench.stub.change(Endpoint::Discovery, move |document| document[name] = url.into());
            assert!(is_not_acceptable(&SignInFlow::start(bench.enabled()).await), "{name}: {url}");
        }
    }
    let bench = Bench::start(Kind::Oidc);
    bench.stub.change(Endpoint::Discovery, |document| drop(document.as_object_mut().unwrap().remove("jwks_uri")));
    assert!(is_not_acceptable(&SignInFlow::start(bench.enabled()).await));
}

#[tokio::test]
async fn the_document_is_read_again_after_an_hour() {
    let bench = Bench::start(Kind::Oidc);
    bench.start_flow().await;
    bench.advance(Duration::from_secs(3599));
    bench.start_flow().await;
    assert_eq!(bench.stub.calls_at(Endpoint::Discovery).len(), 1);
    bench.advance(Duration::from_secs(1));
    bench.start_flow().await;
    assert_eq!(bench.stub.calls_at(Endpoint::Discovery).len(), 2);
}

#[tokio::test]
async fn an_unknown_key_reloads_the_jwks_at_most_every_30_seconds() {
    let bench = Bench::start(Kind::Oidc);
    bench.sign_in().await.unwrap();
    bench.stub.rotate_keys();
    assert!(is_not_acceptable(&bench.sign_in().await), "the keys were read recently");
    bench.advance(Duration::from_secs(30));
    assert!(bench.sign_in().await.is_ok());
    assert_eq!(bench.stub.calls_at(Endpoint::Jwks).len(), 2);
    bench.advance(Duration::from_secs(30));
    bench.stub.sign(Signing::UnknownKey);
    for _ in 0..5 {
        assert!(is_not_acceptable(&bench.sign_in().await));
    }
    assert_eq!(bench.stub.calls_at(Endpoint::Jwks).len(), 3, "five tokens of unknown keys, one request");
}

#[tokio::test]
async fn a_public_client_uses_pkce_without_a_secret() {
    let bench = Bench::start_with(Kind::Oidc, &[], |settings| settings.oidc.as_mut().unwrap().client_secret = None);
    assert!(matches!(bench.sign_in().await, Err(ProviderError::Misconfigured)), "this stub wants its secret");
    let call = bench.stub.calls_at(Endpoint::Token).pop().unwrap();
    assert_eq!(call.field("client_id"), Some(Kind::Oidc.client_id()));
    assert!(call.field("code_verifier").is_some() && call.field("client_secret").is_none());
}

#[tokio::test]
async fn settings_choose_id_and_scopes() {
    let flags = ["--oidc-id=corp_2", "--oidc-scopes=openid groups"];
    let bench = Bench::start_with(Kind::Oidc, &flags, |_| ());
    let flow = bench.start_flow().await;
    assert_eq!(bench.enabled().id.as_str(), "corp_2");
    assert_eq!(parameter(&flow.url, "scope").as_deref(), Some("openid groups"));
}

#[tokio::test]
async fn claims_of_unusual_shape_are_left_out_and_a_subject_must_be_text() {
    let bench = Bench::start(Kind::Oidc);
    bench.stub.person(Person::without_email("abc"));
    bench.stub.change_claims(|claims| {
        for name in ["name", "given_name", "birthdate", "preferred_username", "email"] {
            claims[name] = json!({ "strange": [1, 2] });
        }
    });
    bench.stub.change(Endpoint::Userinfo, |claims| claims["name"] = Value::Null);
    assert!(bench.sign_in().await.unwrap().email.is_none());
    for subject in [json!(17), json!(null), json!(""), json!(" "), json!("a\nb"), json!("x".repeat(256))] {
        let shown = subject.clone();
        bench.stub.change_claims(move |claims| claims["sub"] = subject.clone());
        bench.stub.change_claims(|claims| claims["email"] = "a@b.test".into());
        assert!(is_not_acceptable(&bench.sign_in().await), "{shown}");
    }
}

#[tokio::test]
async fn a_subject_with_a_blank_is_a_subject() {
    let bench = Bench::start(Kind::Oidc);
    bench.stub.person(Person::without_email("Anna Ivanova|7"));
    assert_eq!(bench.sign_in().await.unwrap().subject, "Anna Ivanova|7");
}

#[tokio::test]
async fn optional_members_that_cannot_be_read_are_absent() {
    let strange = [json!("3599"), json!(null), json!(-1), json!({"strange": [1, 2]}), json!([])];
    for value in strange {
        let bench = Bench::start(Kind::Oidc);
        let member = value.clone();
        bench.stub.change(Endpoint::Token, move |answer| {
            for name in ["expires_in", "scope", "token_type", "refresh_expires_in"] {
                answer[name] = member.clone();
            }
        });
        let member = value.clone();
        bench.stub.change(Endpoint::Discovery, move |document| {
            for name in [
                "userinfo_endpoint",
                "revocation_endpoint",
                "token_endpoint_auth_methods_supported",
                "authorization_response_iss_parameter_supported",
                "id_token_signing_alg_values_supported",
            ] {
                document[name] = member.clone();
            }
        });
        let profile = bench.sign_in().await;
        assert!(profile.as_ref().is_ok_and(|profile| profile.grant.is_none()), "{value}: {profile:?}");
    }
    let bench = Bench::start(Kind::Oidc);
    bench.stub.bare_id_tokens();
    bench.stub.change(Endpoint::Userinfo, |claims| {
        for name in ["iss", "aud", "exp", "nonce", "name", "birthdate"] {
            claims[name] = json!({"strange": [1, 2]});
        }
    });
    let profile = bench.sign_in().await.unwrap();
    assert!(profile.email.is_some() && profile.birth_date.is_none());
}

#[tokio::test]
async fn a_refresh_token_that_cannot_be_read_is_absent_at_every_provider() {
    for kind in Kind::ALL {
        let bench = Bench::start(kind);
        bench.stub.change(Endpoint::Token, |answer| {
            answer["refresh_token"] = json!(17);
            answer["expires_in"] = json!("3599");
        });
        let profile = bench.sign_in().await;
        assert!(profile.is_ok(), "{kind:?}: {profile:?}");
    }
}

#[tokio::test]
async fn signed_userinfo_is_verified_and_read() {
    for signing in Signing::GOOD {
        let bench = Bench::start(Kind::Oidc);
        bench.stub.bare_id_tokens();
        bench.stub.sign_userinfo(signing);
        let profile = bench.sign_in().await;
        assert!(profile.as_ref().is_ok_and(|profile| profile.email.is_some()), "{signing:?}: {profile:?}");
    }
}

#[tokio::test]
async fn userinfo_with_a_bad_signature_encryption_or_another_audience_is_not_accepted() {
    let bench = Bench::start(Kind::Oidc);
    bench.stub.bare_id_tokens();
    for signing in [Signing::None, Signing::Hs256WithPublicKey, Signing::WrongKey, Signing::UnknownKey] {
        bench.stub.sign_userinfo(signing);
        assert!(is_not_acceptable(&bench.sign_in().await), "{signing:?}");
    }
    bench.stub.sign_userinfo(Signing::Rs256);
    for lie in [Lie::Subject, Lie::ClientId] {
        bench.stub.lie(lie);
        assert!(is_not_acceptable(&bench.sign_in().await), "{lie:?}");
    }
    bench.stub.clear_faults();
    bench.stub.bare_id_tokens();
    bench.stub.fail(Endpoint::Userinfo, Fault::Encrypted);
    assert!(matches!(bench.sign_in().await, Err(ProviderError::Unavailable("malformed_body"))));
}

#[tokio::test]
async fn an_algorithm_that_is_not_accepted_is_logged_by_its_name() {
    for signing in [Signing::Foreign, Signing::Hs256WithPublicKey] {
        let bench = Bench::start_with(Kind::Oidc, &["--oidc-id=algorithms"], |_| ());
        bench.stub.sign(signing);
        assert!(is_not_acceptable(&bench.sign_in().await));
        let line = format!("provider=\"algorithms\" algorithm=\"{}\"", signing.name());
        assert!(logged(|logged| logged.contains(&line)), "{line}");
    }
}
