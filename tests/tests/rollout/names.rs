//! A name server with few names, and echo servers in place of services.

use std::collections::HashSet;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answers 127.0.0.1 for known names, and NXDOMAIN for all others (RFC 1035 §4).
pub struct NameServer {
    address: String,
    known: Arc<Mutex<HashSet<String>>>,
}

impl NameServer {
    /// Starts one without names. Its thread ends with the test program.
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = socket.local_addr().expect("a bound socket has an address").to_string();
        let known: Arc<Mutex<HashSet<String>>> = Arc::default();
        let names = Arc::clone(&known);
        std::thread::spawn(move || {
            let mut packet = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                let answer = answer(&packet[..length], &names.lock().expect("no thread panics with this lock"));
                let _ = socket.send_to(&answer, from);
            }
        });
        Self { address, known }
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Adds a name.
    pub fn add(&self, name: &str) {
        self.known.lock().expect("no thread panics with this lock").insert(name.to_owned());
    }

    /// Removes a name.
    pub fn remove(&self, name: &str) {
        self.known.lock().expect("no thread panics with this lock").remove(name);
    }
}

fn answer(question: &[u8], known: &HashSet<String>) -> Vec<u8> {
    let (mut at, mut labels) = (12, Vec::new());
    while let Some(length) = question.get(at).copied().filter(|length| *length > 0) {
        let label = &question[at + 1..at + 1 + usize::from(length)];
        labels.push(String::from_utf8_lossy(label).into_owned());
        at += 1 + usize::from(length);
    }
    let found = known.contains(&labels.join("."));
    let mut answer = question[..at + 5].to_vec(); // the end of the name, its type and its class
    let (code, records) = if found { (0x80, 1) } else { (0x83, 0) };
    answer[2..12].copy_from_slice(&[0x81, code, 0, 1, 0, records, 0, 0, 0, 0]);
    if found {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1]); // the name above, A, IN, for a second
    }
    answer
}

/// Starts an echo server that answers every request with `name`, a line break and the head of the request.
pub async fn echo(name: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(echo_requests(stream, name));
        }
    });
    address
}

async fn echo_requests(mut stream: TcpStream, name: &str) {
    let (mut head, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = stream.read(&mut part).await {
        head.extend_from_slice(&part[..length]);
        if !head.ends_with(b"\r\n\r\n") {
            continue; // the requests of these tests have no bodies
        }
        let body = format!("{name}\n{}", String::from_utf8_lossy(&head));
        let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
        head.clear();
    }
}
