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
    /// Greeting instead of `220`.
    pub greeting: Option<&'static str>,
    /// Advertised extensions.
    pub extensions: Vec<&'static str>,
    /// Replies to the next `AUTH` commands; later ones are accepted.
    pub auth: VecDeque<&'static str>,
    /// Replies to the next `RCPT TO` commands; later ones are accepted.
    pub rcpt: VecDeque<&'static str>,
    /// Text of `RCPT TO` commands that get no reply.
    pub held: Option<&'static str>,
    /// Text of `RCPT TO` commands that are deferred.
    pub deferred: Option<&'static str>,
    /// What happens to the next mails; later ones are accepted.
    pub data: VecDeque<DataBehaviour>,
    /// Implicit TLS.
    pub tls: Option<TlsAcceptor>,
}

/// What happens to a mail.
#[derive(Debug, Clone, Copy)]
pub enum DataBehaviour {
    /// The connection is closed before the first line.
    Close,
    /// The mail is taken, and the connection closed without a reply.
    CloseAfterMail,
    /// The mail is taken, and there is no reply.
    HoldReply,
    /// The mail is answered with this.
    Reply(&'static str),
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

    /// Changes the behaviour of later commands.
    pub fn behave(&self, change: impl FnOnce(&mut ServerBehaviour)) {
        change(&mut self.state.behaviour.lock().unwrap());
    }

    /// Received commands, without the mails themselves.
    pub fn commands(&self) -> Vec<String> {
        self.state.commands.lock().unwrap().clone()
    }

    /// Number of received commands that hold `text`.
    pub fn count(&self, text: &str) -> usize {
        self.commands().iter().filter(|line| line.contains(text)).count()
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
            self.record("(connected)");
            return wait_for_end(&mut stream).await;
        }
        let greeting = self.behaviour.lock().unwrap().greeting.unwrap_or("220 mail.test");
        reply(&mut stream, greeting).await?;
        if greeting.ends_with('-') {
            return None; // promised more lines, and the end of the connection
        }
        loop {
            let command = line(&mut stream).await?;
            self.record(&command);
            let answer = match command.split(' ').next()? {
                "EHLO" => self.ehlo_reply(),
                "RCPT" => match self.rcpt_reply(&command) {
                    Some(answer) => answer,
                    None => return wait_for_end(&mut stream).await,
                },
                "AUTH" => self.behaviour.lock().unwrap().auth.pop_front().unwrap_or("235 ok").to_owned(),
                "DATA" => self.receive(&mut stream).await?,
                "STARTTLS" => {
                    reply(&mut stream, "220 go on").await?;
                    return reply(&mut stream, "no TLS at all").await; // and the end of the connection
                }
                _ => "250 ok".to_owned(),
            };
            reply(&mut stream, &answer).await?;
        }
    }

    fn record(&self, command: &str) {
        self.commands.lock().unwrap().push(command.to_owned());
    }

    /// `None` holds the reply for ever.
    fn rcpt_reply(&self, command: &str) -> Option<String> {
        let mut behaviour = self.behaviour.lock().unwrap();
        if behaviour.held.is_some_and(|held| command.contains(held)) {
            return None;
        }
        let is_deferred = behaviour.deferred.is_some_and(|deferred| command.contains(deferred));
        let scripted = behaviour.rcpt.pop_front();
        Some(scripted.unwrap_or(if is_deferred { "451 later" } else { "250 ok" }).to_owned())
    }

    /// Reads a mail. `None` closes the connection.
    async fn receive(&self, stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> Option<String> {
        let behaviour = self.behaviour.lock().unwrap().data.pop_front();
        reply(stream, "354 go on").await?;
        if let Some(DataBehaviour::Close) = behaviour {
            return None;
        }
        let mail = body(stream).await?;
        if let Some(DataBehaviour::Reply(answer)) = behaviour {
            return Some(answer.to_owned());
        }
        self.mails.lock().unwrap().push(mail);
        match behaviour {
            Some(DataBehaviour::CloseAfterMail) => None,
            Some(DataBehaviour::HoldReply) => {
                wait_for_end(stream).await;
                None
            }
            _ => Some("250 taken".to_owned()),
        }
    }

    fn ehlo_reply(&self) -> String {
        let behaviour = self.behaviour.lock().unwrap();
        let lines: Vec<_> = behaviour.extensions.iter().map(|extension| format!("250-{extension}\r\n")).collect();
        format!("250-mail.test\r\n{}250 8BITMIME", lines.concat())
    }
}

async fn wait_for_end(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<()> {
    while !line(stream).await?.is_empty() {}
    None
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
