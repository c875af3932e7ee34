use super::support::{Cinema, person};

#[actix_web::test]
async fn a_callback_that_contradicts_itself_is_refused_before_the_provider_hears_of_it() {
    let cinema = Cinema::start().await;
    cinema.yandex.code("c", person("1"));
    let left = cinema.leave("yandex").await;
    let state = &left.state;
    for query in [
        format!("code=c&state={state}&state={state}"),
        format!("code=c&code=c&state={state}"),
        format!("code=c&state={state}&error=access_denied"),
        format!("code=c&state={state}x"),
        format!("code=c&state={}", &state[1..]),
        "code=c".to_owned(),
        format!("state={state}"),
        format!("code=c&state={state}&payload=%7B%22code%22%3A%22other%22%7D"),
        format!("payload=%7B%22code%22%3A%22c%22%2C%22state%22%3A%22other%22%7D&state={state}"),
    ] {
        cinema.back(&left, &query).await.assert_problem(400, "social.ticket_invalid");
    }
    assert_eq!(cinema.yandex.asked(), 0);
    // None of that has cost the real one its return.
    cinema.back(&left, &left.with("c")).await.assert_status(201);
}

#[actix_web::test]
async fn a_callback_packed_into_one_payload_works_like_one_of_parameters() {
    let cinema = Cinema::start().await;
    cinema.yandex.code("c", person("1"));
    let left = cinema.leave("yandex").await;
    let payload =
        serde_json::json!({"code": "c", "state": left.state, "device_id": "d", "type": "code_v2"}).to_string();
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload).finish();
    cinema.back(&left, &query).await.assert_status(201);
}
