//! One HTTP/1.1 connection: requests in, responses out.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::codes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::failure::{answer, problem};
use super::published::Sent;
use super::{CLIENT, RecordedCall, Shared, TOO_LONG};

/// Responds until the peer closes or a failure ends the connection.
pub(super) async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let mut unread = Vec::new();
    while let Ok(Some(request)) = read(&mut stream, &mut unread).await {
        shared.record(request.call());
        tokio::time::sleep(shared.latency()).await;
        let (reply, keep_open) = match shared.failure() {
            Some(failure) => failure.reply(),
            None => (request.answer(&shared), true),
        };
        let truncated = keep_open && !is_whole(&reply);
        if stream.write_all(&reply).await.is_err() || !keep_open {
            return;
        }
        if truncated {
            tokio::time::sleep(TOO_LONG).await;
            return;
        }
    }
}

fn is_whole(reply: &[u8]) -> bool {
    !reply.is_empty() && !reply.ends_with(b"\r\n\r\n")
}

struct Request {
    line: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn token(&self) -> String {
        let field = url::form_urlencoded::parse(&self.body).find(|(name, _)| name == "token");
        field.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    fn call(&self) -> RecordedCall {
        RecordedCall {
            token: self.token(),
            request_id: self.header("x-request-id").to_owned(),
            deadline_ms: self.header("x-request-deadline-ms").parse().unwrap_or(0),
        }
    }

    /// Checks in the order of auth-service: the route, then the client, then the token.
    fn answer(&self, shared: &Shared) -> Vec<u8> {
        let credentials = format!("Basic {}", STANDARD.encode(format!("{}:{}", CLIENT.0, CLIENT.1)));
        if self.line != "POST /oauth2/introspect HTTP/1.1" {
            return problem(codes::NO_SUCH_ROUTE);
        }
        if self.header("authorization") != credentials {
            return problem(codes::CLIENT_REJECTED);
        }
        let (method, path) = ("POST", "/oauth2/introspect");
        let sent = Sent { method, path, media_type: self.header("content-type"), body: &self.body };
        answer(200, "application/json", shared.introspect(&self.token(), &sent).to_string().as_bytes())
    }
}

async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&unread[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default().to_owned();
    let headers: HashMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    unread.drain(..end + 4);
    while unread.len() < length {
        if stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    }
    let body = unread.drain(..length).collect();
    Ok(Some(Request { line, headers, body }))
}
