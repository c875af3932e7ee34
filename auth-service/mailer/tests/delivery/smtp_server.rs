//! Mail server on loopback with scripted replies.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use mailer::{Encryption, SmtpRelay};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Scripted behaviour.
#[derive(Default)]
pub struct ServerBehaviour {
    /// Accepts connections and never replies.
    pub silent: bool,
    /// Advertised extensions.
    pub extensions: Vec<&'static str>,
    /// Replies to the next `RCPT TO` commands; later ones are accepted.
    pub rcpt: VecDeque<&'static str>,
    /// Implicit TLS.
    pub tls: Option<TlsAcceptor>,
}

/// A running server. It stops with the test's runtime.
pub struct SmtpServer {
    address: SocketAddr,
    state: Arc<ServerState>,
}

#[derive(Default)]
struct ServerState {
    behaviour: Mutex<ServerBehaviour>,
    commands: Mutex<Vec<String>>,
    mails: Mutex<Vec<String>>,
}

impl SmtpServer {
    pub async fn start(behaviour: ServerBehaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(ServerState { behaviour: Mutex::new(behaviour), ..ServerState::default() });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let state = Arc::clone(&shared);
                let tls = state.behaviour.lock().unwrap().tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => state.serve(stream).await,
                        Some(tls) => state.serve(tls.accept(stream).await.ok()?).await,
                    }
                });
            }
        });
        Self { address, state }
    }

    pub fn relay(&self) -> SmtpRelay {
        let (host, port) = (self.address.ip().to_string(), self.address.port());
        SmtpRelay { host, port, encryption: Encryption::None, login: None, authorities: None }
    }

    /// Received commands, without the mails themselves.
    pub fn commands(&self) -> Vec<String> {
        self.state.commands.lock().unwrap().clone()
    }

    /// Number of received commands that start with `command`.
    pub fn count(&self, command: &str) -> usize {
        self.commands().iter().filter(|line| line.starts_with(command)).count()
    }

    pub fn mails(&self) -> Vec<String> {
        self.state.mails.lock().unwrap().clone()
    }
}

impl ServerState {
    /// One session; ends when the client disconnects.
    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<()> {
        let mut stream = BufReader::new(stream);
        if self.behaviour.lock().unwrap().silent {
            self.commands.lock().unwrap().push("(connected)".to_owned());
            while !line(&mut stream).await?.is_empty() {}
            return None;
        }
        reply(&mut stream, "220 mail.test").await?;
        loop {
            let command = line(&mut stream).await?;
            self.commands.lock().unwrap().push(command.clone());
            let answer = match command.split(' ').next()? {
                "EHLO" => self.ehlo_reply(),
                "RCPT" => self.behaviour.lock().unwrap().rcpt.pop_front().unwrap_or("250 ok").to_owned(),
                "AUTH" => "235 ok".to_owned(),
                "DATA" => {
                    reply(&mut stream, "354 go on").await?;
                    let mail = body(&mut stream).await?;
                    self.mails.lock().unwrap().push(mail);
                    "250 taken".to_owned()
                }
                _ => "250 ok".to_owned(),
            };
            reply(&mut stream, &answer).await?;
        }
    }

    fn ehlo_reply(&self) -> String {
        let behaviour = self.behaviour.lock().unwrap();
        let lines: Vec<_> = behaviour.extensions.iter().map(|extension| format!("250-{extension}\r\n")).collect();
        format!("250-mail.test\r\n{}250 8BITMIME", lines.concat())
    }
}

async fn line(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

async fn body(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut body = String::new();
    loop {
        match line(stream).await?.as_str() {
            "." => return Some(body),
            line => body.push_str(&format!("{line}\n")),
        }
    }
}

async fn reply(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}
