use super::support::{Cinema, person};

#[actix_web::test]
async fn a_contradictory_callback_is_refused_before_the_provider_is_called() {
    let cinema = Cinema::start().await;
    cinema.yandex.code("c", person("1"));
    let flow = cinema.start_sign_in("yandex").await;
    let state = &flow.state;
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
        cinema.finish_sign_in(&flow, &query).await.assert_problem(400, "social.ticket_invalid");
    }
    assert_eq!(cinema.yandex.exchange_count(), 0);
    // The valid callback still works.
    cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_status(201);
}

#[actix_web::test]
async fn a_callback_packed_into_one_payload_works_like_one_of_parameters() {
    let cinema = Cinema::start().await;
    cinema.yandex.code("c", person("1"));
    let flow = cinema.start_sign_in("yandex").await;
    let payload =
        serde_json::json!({"code": "c", "state": flow.state, "device_id": "d", "type": "code_v2"}).to_string();
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload).finish();
    cinema.finish_sign_in(&flow, &query).await.assert_status(201);
}

#[actix_web::test]
async fn a_fragment_behind_the_callback_of_an_app_is_cut_off() {
    let cinema = Cinema::start().await;
    for (number, fragment) in ["#", "#_=_"].into_iter().enumerate() {
        let code = format!("c{number}");
        cinema.yandex.code(&code, person("1"));
        let flow = cinema.start_sign_in("yandex").await;
        cinema.finish_sign_in(&flow, &format!("{}{fragment}", flow.callback(&code))).await.assert_status(201);
    }
}

#[actix_web::test]
async fn oauth_errors_of_a_callback_are_classified() {
    let cinema = Cinema::start().await;
    for (error, status, problem) in [
        ("access_denied", 400, "social.cancelled"),
        ("interaction_required", 400, "social.refused"),
        ("login_required", 400, "social.refused"),
        ("account_selection_required", 400, "social.refused"),
        ("consent_required", 400, "social.refused"),
        ("a word of its own", 400, "social.refused"),
        ("server_error", 503, "social.provider_unavailable"),
        ("temporarily_unavailable", 503, "social.provider_unavailable"),
        ("invalid_request", 502, "social.provider_failed"),
        ("unauthorized_client", 502, "social.provider_failed"),
        ("unsupported_response_type", 502, "social.provider_failed"),
        ("invalid_scope", 502, "social.provider_failed"),
        ("request_not_supported", 502, "social.provider_failed"),
    ] {
        let flow = cinema.start_sign_in("yandex").await;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("error", error), ("state", flow.state.as_str())])
            .finish();
        let reply = cinema.finish_sign_in(&flow, &query).await;
        reply.assert_problem(status, problem);
        assert_eq!(!reply.header("retry-after").is_empty(), status == 503, "{error}");
    }
    assert_eq!(cinema.yandex.exchange_count(), 0, "there is no code to exchange");
}
