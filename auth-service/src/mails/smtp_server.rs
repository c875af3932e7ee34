//! Mail server for tests, on loopback, with scripted replies.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::smtp::{Encryption, SmtpRelay};

/// Scripted behaviour.
#[derive(Default)]
pub(super) struct ServerBehaviour {
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
pub(super) struct SmtpServer {
    address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    manners: Mutex<ServerBehaviour>,
    commands: Mutex<Vec<String>>,
    mails: Mutex<Vec<String>>,
}

impl SmtpServer {
    pub async fn start(manners: ServerBehaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen { manners: Mutex::new(manners), ..Seen::default() });
        let seen_by_it = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let seen = Arc::clone(&seen_by_it);
                let tls = seen.manners.lock().unwrap().tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => seen.talk(stream).await,
                        Some(tls) => seen.talk(tls.accept(stream).await.ok()?).await,
                    }
                });
            }
        });
        Self { address, seen }
    }

    pub fn relay(&self) -> SmtpRelay {
        let (host, port) = (self.address.ip().to_string(), self.address.port());
        SmtpRelay { host, port, encryption: Encryption::None, login: None, authorities: None }
    }

    /// Received commands, without the mails themselves.
    pub fn commands(&self) -> Vec<String> {
        self.seen.commands.lock().unwrap().clone()
    }

    /// Number of received commands that start with `command`.
    pub fn heard(&self, command: &str) -> usize {
        self.commands().iter().filter(|line| line.starts_with(command)).count()
    }

    pub fn mails(&self) -> Vec<String> {
        self.seen.mails.lock().unwrap().clone()
    }
}

impl Seen {
    /// One session; ends when the client disconnects.
    async fn talk(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<()> {
        let mut stream = BufReader::new(stream);
        if self.manners.lock().unwrap().silent {
            self.commands.lock().unwrap().push("(connected)".to_owned());
            while !line(&mut stream).await?.is_empty() {}
            return None;
        }
        say(&mut stream, "220 mail.test").await?;
        loop {
            let command = line(&mut stream).await?;
            self.commands.lock().unwrap().push(command.clone());
            let answer = match command.split(' ').next()? {
                "EHLO" => self.welcome(),
                "RCPT" => self.manners.lock().unwrap().rcpt.pop_front().unwrap_or("250 ok").to_owned(),
                "AUTH" => "235 ok".to_owned(),
                "DATA" => {
                    say(&mut stream, "354 go on").await?;
                    let mail = body(&mut stream).await?;
                    self.mails.lock().unwrap().push(mail);
                    "250 taken".to_owned()
                }
                _ => "250 ok".to_owned(),
            };
            say(&mut stream, &answer).await?;
        }
    }

    fn welcome(&self) -> String {
        let manners = self.manners.lock().unwrap();
        let lines: Vec<_> = manners.extensions.iter().map(|extension| format!("250-{extension}\r\n")).collect();
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

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}
