//! Keys of requests.

use actix_web::{
    App, HttpMessage, dev::ServiceRequest, http::header::HeaderName, test::TestRequest, test::init_service, web,
};
use limiter_lib::{
    Key,
    actix::{ClientAddress, KeyBy},
};

use crate::support::{RecordingStore, from, ok, policy, send};

/// The key of each request under `key`; `None` where the policy is skipped.
async fn keys(key: KeyBy, requests: Vec<TestRequest>) -> Vec<Option<u128>> {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .client(ClientAddress::trust_proxies("10.0.0.0/8".parse().unwrap()))
        .policy(policy("api", "1000/1m"), key);
    let app = init_service(
        App::new()
            .wrap(layer)
            .route("/films/{id}", web::get().to(ok))
            .route("/films", web::get().to(ok))
            .default_service(web::to(ok)),
    )
    .await;
    let mut found = Vec::new();
    for request in requests {
        let before = store.calls();
        assert_eq!(send(&app, request.to_request()).await.status, 200);
        found.push(store.keys().get(before).copied());
    }
    found
}

fn device(peer: &str, id: &str) -> TestRequest {
    from(peer, "/").insert_header(("x-device-id", id))
}

fn by_device() -> KeyBy {
    KeyBy::header(HeaderName::from_static("x-device-id"))
}

#[actix_web::test]
async fn the_address_is_found_behind_trusted_proxies_only() {
    let through = |peer: &str, forwarded: &str| from(peer, "/").insert_header(("x-forwarded-for", forwarded));
    let found = keys(
        KeyBy::address(),
        vec![
            from("192.0.2.7", "/"),
            through("10.0.0.1", "192.0.2.7"),
            through("10.0.0.1", "1.1.1.1, 192.0.2.7, 10.0.0.2"),
            through("192.0.2.7", "1.1.1.1"),
            from("10.0.0.1", "/")
                .append_header(("x-forwarded-for", "1.1.1.1"))
                .append_header(("x-forwarded-for", "192.0.2.7")),
            through("10.0.0.1", "1.1.1.1"),
        ],
    )
    .await;
    let address = |text: &str| Some(Key::address(text.parse().unwrap(), 64).to_u128());
    assert_eq!(found[..5], [address("192.0.2.7"); 5]);
    assert_eq!(found[5], address("1.1.1.1"));
}

#[actix_web::test]
async fn a_shorter_address_prefix_merges_more_clients() {
    let requests = || vec![from("2001:db8:1:1::1", "/"), from("2001:db8:1:1::2", "/"), from("2001:db8:1:2::1", "/")];
    let narrow = keys(KeyBy::address(), requests()).await;
    assert!(narrow[0] == narrow[1] && narrow[1] != narrow[2]);
    let wide = keys(KeyBy::address_prefix(48), requests()).await;
    assert!(wide[0] == wide[1] && wide[1] == wide[2]);
}

#[actix_web::test]
async fn a_header_is_a_key_for_any_address() {
    let found =
        keys(by_device(), vec![device("192.0.2.7", "a"), device("192.0.2.8", "a"), device("192.0.2.7", "b")]).await;
    assert!(found[0] == found[1] && found[0] != found[2]);
}

#[actix_web::test]
async fn without_the_header_the_address_is_the_key_and_no_clients_share_it() {
    let twice = || from("192.0.2.7", "/").append_header(("x-device-id", "a")).append_header(("x-device-id", "b"));
    let found = keys(
        by_device(),
        vec![
            from("192.0.2.7", "/"),
            device("192.0.2.7", ""),
            twice(),
            from("192.0.2.8", "/"),
            TestRequest::with_uri("/"),
        ],
    )
    .await;
    let own = Some(Key::address("192.0.2.7".parse().unwrap(), 64).to_u128());
    assert_eq!(found[..3], [own, own, own]);
    assert!(found[3] != own && found[4] != own && found[3] != found[4]);
}

#[actix_web::test]
async fn without_the_header_the_policy_may_be_skipped() {
    let found = keys(by_device().skip_if_missing(), vec![from("192.0.2.7", "/"), device("192.0.2.7", "a")]).await;
    assert!(found[0].is_none() && found[1].is_some());
}

#[actix_web::test]
async fn a_route_is_one_key_for_all_its_paths_however_they_are_written() {
    let paths = ["/films/1", "/films/2?x=1", "/%66ilms/3", "/films"];
    let found = keys(KeyBy::route(), paths.map(|path| from("192.0.2.7", path)).into()).await;
    assert!(found[0] == found[1] && found[1] == found[2] && found[2] != found[3], "{found:?}");
    let found = keys(KeyBy::path(), paths.map(|path| from("192.0.2.7", path)).into()).await;
    assert!(found[0] != found[1] && found[1] != found[2] && found[2] != found[3], "{found:?}");
    let twins = ["/films/1", "/%66ilms/1", "/films/%31"];
    let found = keys(KeyBy::path(), twins.map(|path| from("192.0.2.7", path)).into()).await;
    assert!(found[0] == found[1] && found[1] == found[2], "{found:?}");
}

#[actix_web::test]
async fn without_a_matching_route_the_address_is_the_key() {
    let requests = vec![from("192.0.2.7", "/a"), from("192.0.2.7", "/b"), from("192.0.2.8", "/a")];
    let found = keys(KeyBy::route(), requests).await;
    assert!(found[0] == found[1] && found[0] != found[2]);
}

#[actix_web::test]
async fn a_user_is_the_one_that_an_outer_middleware_found() {
    #[derive(Clone)]
    struct User(&'static str);
    let by_user =
        KeyBy::user(|request: &ServiceRequest| request.extensions().get::<User>().map(|user| user.0.to_owned()));
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "1000/1m"), by_user);
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok)).wrap_fn(|request, next| {
        if request.headers().contains_key("authorization") {
            request.extensions_mut().insert(User("42"));
        }
        actix_web::dev::Service::call(next, request)
    }))
    .await;

    send(&app, from("192.0.2.7", "/").insert_header(("authorization", "a")).to_request()).await;
    send(&app, from("192.0.2.8", "/").insert_header(("authorization", "b")).to_request()).await;
    send(&app, from("192.0.2.8", "/").to_request()).await;
    let address = Key::address("192.0.2.8".parse().unwrap(), 64);
    assert_eq!(store.keys(), [Key::user("42"), Key::user("42"), address].map(Key::to_u128));
}

#[actix_web::test]
async fn a_function_may_make_any_key() {
    let by_query = || KeyBy::custom(|request| Some(Key::part("query", request.query_string().as_bytes())));
    let requests = || vec![from("192.0.2.7", "/?a"), from("192.0.2.8", "/?a"), from("192.0.2.7", "/?b")];
    let found = keys(by_query(), requests()).await;
    assert!(found[0] == found[1] && found[0] != found[2]);
}

#[actix_web::test]
async fn parts_together_are_one_key_and_a_missing_one_never_merges_others() {
    let requests = || {
        vec![
            device("192.0.2.7", "a"),
            device("192.0.2.8", "a"),
            device("192.0.2.7", "b"),
            from("192.0.2.7", "/"),
            from("192.0.2.8", "/"),
        ]
    };
    let found = keys(KeyBy::address().and(by_device()), requests()).await;
    let mut distinct = found.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), found.len(), "{found:?}");
    let found = keys(KeyBy::address().and(by_device().skip_if_missing()), requests()).await;
    assert_eq!(found.iter().filter(|key| key.is_none()).count(), 2);
}
