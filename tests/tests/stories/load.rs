//! A constant load on film routes, and assertions about its responses.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use service_kit::testing::{TestClient, TestReply};
use tokio::sync::{Mutex, MutexGuard, mpsc};

/// Requests per second of the load, independent of the responses (open loop).
const RATE: f64 = 150.0;
/// Minimum of responses in each phase.
const ENOUGH: usize = 200;
const BOUND: Duration = Duration::from_secs(60);

/// Serialises stories with a load, because two of them would slow each other down on a small machine.
static TURN: Mutex<()> = Mutex::const_new(());

/// Waits for the turn, which lasts as long as the guard.
pub async fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// One answer to the load.
pub struct Answer {
    begun: Instant,
    route: String,
    reply: TestReply,
}

impl Answer {
    fn mode(&self) -> String {
        self.reply.json()["viewer"]["mode"].as_str().unwrap_or("none").to_owned()
    }

    /// Asserts a success in this mode, with the headers of it.
    fn assert_mode(&self, mode: &str, when: &str) {
        assert_eq!(self.reply.status, 200, "{when}: {} {}", self.route, self.reply.text());
        assert_eq!(self.mode(), mode, "{when}: {} {}", self.route, self.reply.text());
        let degraded = self.reply.header("degraded").starts_with("auth;reason=");
        assert_eq!(degraded, mode == "degraded", "{when}: {}", self.route);
        let no_store = self.reply.header("cache-control").contains("no-store");
        assert_eq!(no_store, mode == "degraded", "{when}: {}", self.route);
    }
}

/// Responses of the load, collected by the phases of the story.
pub struct Load {
    answers: mpsc::UnboundedReceiver<Answer>,
    seen: Vec<Answer>,
    stop: Arc<AtomicBool>,
}

impl Load {
    /// Starts requests of film routes as a member, at a constant rate.
    pub fn start(movies: &TestClient, token: &str, film: &str) -> Self {
        let routes = [
            "/api/v1/films?page_size=5".to_owned(),
            "/api/v1/films/search?query=godfathr".to_owned(),
            format!("/api/v1/films/{film}"),
            format!("/api/v1/films/{film}/similar?page_size=3"),
            "/api/v1/genres".to_owned(),
            "/api/v1/persons/search?query=brando&page_size=3".to_owned(),
        ];
        let (sender, answers) = mpsc::unbounded_channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (movies, token, stopped) = (movies.clone(), token.to_owned(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / RATE));
            for route in routes.iter().cycle() {
                tick.tick().await;
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let (request, sender) = (movies.get(route).bearer(&token), sender.clone());
                let route = route.clone();
                tokio::spawn(async move {
                    let begun = Instant::now();
                    let reply = request.send().await;
                    let _ = sender.send(Answer { begun, route, reply });
                });
            }
        });
        Self { answers, seen: Vec::new(), stop }
    }

    /// Waits for enough responses to requests begun after `since`, and returns all new ones.
    async fn since(&mut self, since: Instant) -> &[Answer] {
        let begin = self.seen.len();
        let mut fresh = 0;
        while fresh < ENOUGH {
            let answer = tokio::time::timeout(BOUND, self.answers.recv()).await.expect("the load is answered");
            let answer = answer.expect("the load goes on");
            fresh += usize::from(answer.begun >= since);
            self.seen.push(answer);
        }
        &self.seen[begin..]
    }

    /// Asserts that every response since `since` is a success in degraded mode.
    pub async fn expect_degraded(&mut self, since: Instant, when: &str) {
        for answer in self.since(since).await {
            assert!(!answer.reply.status.is_server_error(), "{when}: {} {}", answer.route, answer.reply.text());
            if answer.begun >= since {
                answer.assert_mode("degraded", when);
            }
        }
    }

    /// Waits until so many responses in a row are a member's; until then each is a success. A machine that is busy with
    /// something else degrades a few: how many belongs to a benchmark.
    pub async fn settle_as_member(&mut self, since: Instant, when: &str) {
        let bound = Instant::now() + BOUND;
        let mut in_a_row = 0;
        while in_a_row < ENOUGH {
            assert!(Instant::now() < bound, "{when}: not {ENOUGH} members in a row within {BOUND:?}");
            let answer = tokio::time::timeout(BOUND, self.answers.recv()).await.expect("the load is answered");
            let answer = answer.expect("the load goes on");
            let mode = answer.mode();
            if answer.begun < since {
                assert!(!answer.reply.status.is_server_error(), "{when}: {} {}", answer.route, answer.reply.text());
            } else {
                answer.assert_mode(&mode, when);
                in_a_row = if mode == "member" { in_a_row + 1 } else { 0 };
            }
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
