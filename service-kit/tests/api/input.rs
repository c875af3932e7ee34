//! Invalid input gets an error that names each invalid field.

use serde_json::json;

use crate::service::start;

const PATH: &str = "/echo/01a203aa-1193-7069-9322-ad531c73e5ce";

#[actix_web::test]
async fn valid_input_arrives_unchanged() {
    let reply = start().client.post(PATH).json(&json!({"name": "Ann", "inner": [{"digit": 3}]})).send().await;
    assert_eq!(reply.assert_status(200)["inner"][0]["digit"], 3);
}

#[actix_web::test]
async fn broken_json_is_400_and_other_json_is_422() {
    let client = start().client;
    for body in ["", "{", "{\"name\": \"Ann\"} tail", "\u{feff}{}", "{\"name\": \"\\ud800\"}"] {
        let reply = client.post(PATH).body("application/json", body).send().await;
        reply.assert_problem(400, "request.malformed_json");
    }
    for body in ["[]", "null", "\"Ann\"", "{}"] {
        let reply = client.post(PATH).body("application/json", body).send().await;
        reply.assert_problem(422, "request.invalid_fields");
    }
}

#[actix_web::test]
async fn each_invalid_field_is_named() {
    let client = start().client;
    for (body, pointer, code) in [
        (json!({"name": "Ann", "extra": 1}), "/extra", "unknown_field"),
        (json!({"inner": []}), "/name", "missing_field"),
        (json!({"name": 7}), "/name", "wrong_type"),
        (json!({"name": "x"}), "/name", "invalid_value"),
        (json!({"name": "Ann", "inner": [{"digit": 1}, {"digit": 10}]}), "/inner/1/digit", "invalid_value"),
        (json!({"name": "Ann", "inner": [{"digit": 1, "a/b": 1}]}), "/inner/0/a~1b", "unknown_field"),
    ] {
        let problem = client.post(PATH).json(&body).send().await.assert_problem(422, "request.invalid_fields");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&pointer.into(), &code.into()));
    }
    let both = client.post(PATH).json(&json!({"name": "x", "inner": [{"digit": 10}]})).send().await;
    assert_eq!(both.json()["errors"].as_array().map(Vec::len), Some(2), "{}", both.text());
}

#[actix_web::test]
async fn an_array_is_no_object_at_any_depth() {
    let client = start().client;
    for body in ["[\"Ann\"]", "[\"Ann\", []]", "[\"Ann\", [{\"digit\": 3}]]", "{\"name\": \"Ann\", \"inner\": [[3]]}"] {
        let problem = client.post(PATH).body("application/json", body).send().await;
        let problem = problem.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["code"], "wrong_type", "{problem}");
    }
}

#[actix_web::test]
async fn queries_and_paths_are_validated_too() {
    let client = start().client;
    let body = json!({"name": "Ann"});
    let reject = async |query: &str, status: u16, code: &str| {
        let problem = client.post(&format!("{PATH}?{query}")).json(&body).send().await.assert_problem(status, code);
        let pointer = problem["errors"][0]["pointer"].as_str().expect("a pointer");
        assert!(query.starts_with(pointer.trim_start_matches('?')), "{query}: {problem}");
    };
    for query in ["page_size=0", "page_size=-1", "page_size=10001", "page_size=", "page_size=4294967297"] {
        reject(query, 422, "request.invalid_fields").await;
    }
    for query in ["page_size=1&page_size=2", "x=1", "x=1&page_size=0"] {
        reject(query, 400, "request.invalid_query").await;
    }
    let problem = client.post("/echo/not-a-uuid").json(&body).send().await.assert_problem(400, "request.invalid_path");
    assert_eq!(problem["errors"][0]["pointer"], "{id}");
    client.post("/echo/%ff").json(&body).send().await.assert_problem(400, "request.invalid_path");
}

#[actix_web::test]
async fn another_content_type_is_415_and_a_parameter_is_accepted() {
    let client = start().client;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        let reply = client.post(PATH).body(kind, "{\"name\": \"Ann\"}").send().await;
        reply.assert_problem(415, "request.unsupported_media_type");
    }
    let reply = client.post(PATH).body("Application/JSON; charset=utf-8", "{\"name\": \"Ann\"}").send().await;
    reply.assert_status(200);
}

#[actix_web::test]
async fn a_body_of_two_megabytes_is_413_with_and_without_content_length() {
    let service = start();
    let body = vec![b' '; 2 << 20];
    let reply = service.client.post(PATH).body("application/json", body.clone()).send().await;
    reply.assert_problem(413, "request.body_too_large");
    // Chunked, so without Content-Length: the bound holds while reading.
    let chunked = send_chunked(service.client.base(), &body).await;
    assert!(chunked.starts_with("HTTP/1.1 413"), "{chunked}");
}

#[actix_web::test]
async fn an_invalid_chunk_is_malformed() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let service = start();
    let address = service.client.base().trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("the service listens");
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\
         connection: close\r\n\r\nnonsense\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("room for the head");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("request.malformed"), "{answer}");
}

/// Sends `body` in chunks until the server responds, and returns the response.
async fn send_chunked(base: &str, body: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = base.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("the service listens");
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("room for the head");
    for chunk in body.chunks(64 * 1024) {
        let framed = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
        if stream.write_all(&framed).await.is_err() {
            break; // it has responded and closed
        }
    }
    let mut answer = vec![0; 1024];
    let read = stream.read(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer[..read]).into_owned()
}
