//! A mail server on loopback that keeps what it accepts.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A running server without encryption. It stops with the runtime of its test.
pub struct MailServer {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    mails: Mutex<Vec<String>>,
    is_silent: AtomicBool,
}

impl MailServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::<State>::default();
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move { state.serve(BufReader::new(stream)).await });
            }
        });
        Self { address, state }
    }

    /// Settings with which auth-service sends its mails here.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        [
            ("AUTH_SMTP_URL", format!("smtp://{}", self.address)),
            ("AUTH_MAIL_FROM", "Cinema <no-reply@cinema.example>".to_owned()),
        ]
    }

    /// `true` from now on keeps mails and confirms none of them: the sender cannot know that they were accepted.
    pub fn be_silent(&self, is_silent: bool) {
        self.state.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// Mails so far, each with its headers.
    pub fn mails(&self) -> Vec<String> {
        self.state.mails.lock().expect("no thread panics with this lock").clone()
    }
}

impl State {
    /// One session (RFC 5321); ends when the client disconnects.
    async fn serve(&self, mut stream: BufReader<TcpStream>) -> Option<()> {
        reply(&mut stream, "220 mail.test").await?;
        loop {
            let command = line(&mut stream).await?;
            match command.split(' ').next()? {
                "DATA" => {
                    reply(&mut stream, "354 go on").await?;
                    self.receive(&mut stream).await?;
                    if self.is_silent.load(Ordering::SeqCst) {
                        while line(&mut stream).await.is_some() {}
                        return None;
                    }
                    reply(&mut stream, "250 accepted").await?;
                }
                "QUIT" => return reply(&mut stream, "221 bye").await,
                _ => reply(&mut stream, "250 mail.test").await?,
            }
        }
    }

    async fn receive(&self, stream: &mut BufReader<TcpStream>) -> Option<()> {
        let mut mail = String::new();
        loop {
            match line(stream).await?.as_str() {
                "." => break,
                line => mail.push_str(&format!("{line}\n")),
            }
        }
        self.mails.lock().expect("no thread panics with this lock").push(mail);
        Some(())
    }
}

/// The next line, without its end; `None` when there is none.
async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn reply(stream: &mut BufReader<TcpStream>, line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}
