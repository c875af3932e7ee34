//! Binding, serving and draining.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, middleware, web};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::frame::{FrameRules, frame};
use crate::health::Readiness;
use crate::last_call::LastCall;
use crate::measures;

/// How a server listens and leaves.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Worker threads.
    pub workers: usize,
    /// How long requests under way may go on after the stop.
    pub drain_timeout: Duration,
    /// How long it goes on accepting while `/readyz` says no already, so that load balancers can look away first.
    pub shutdown_delay: Duration,
    /// What is asked of requests before anything else.
    pub rules: FrameRules,
}

impl ServerSettings {
    /// On `listen`, with a worker per core and ten seconds to drain.
    pub fn new(listen: SocketAddr) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            listen,
            workers,
            drain_timeout: Duration::from_secs(10),
            shutdown_delay: Duration::ZERO,
            rules: FrameRules::default(),
        }
    }
}

/// A server that is accepting.
pub struct RunningServer {
    address: SocketAddr,
    handle: ServerHandle,
    readiness: Readiness,
    shutdown_delay: Duration,
    last_call: LastCall,
    task: JoinHandle<io::Result<()>>,
}

/// Binds and starts serving what `configure` sets up, inside the frame. Must be called in a tokio runtime.
///
/// # Errors
/// When the address is taken or not ours.
pub fn start<F>(settings: &ServerSettings, readiness: Readiness, configure: F) -> io::Result<RunningServer>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let listener = TcpListener::bind(settings.listen)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {}: {error}", settings.listen)))?;
    let address = listener.local_addr()?;
    let last_call = LastCall::of(&listener)?;
    measures::install();
    readiness.measure();
    let (shared, rules) = (web::Data::new(readiness.clone()), settings.rules);
    let server = HttpServer::new(move || {
        let app = App::new().app_data(shared.clone()).app_data(rules);
        app.wrap(middleware::from_fn(frame)).configure(configure.clone())
    })
    .workers(settings.workers)
    .client_request_timeout(Duration::from_secs(10))
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(settings.drain_timeout.as_secs())
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    Ok(RunningServer {
        address,
        handle,
        readiness,
        shutdown_delay: settings.shutdown_delay,
        last_call,
        task: tokio::spawn(server),
    })
}

impl RunningServer {
    /// Where it listens, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL for callers on this machine.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Turns readiness off and ends each connection with its next answer; after the delay closes the door, finishes what is
    /// under way and stops.
    ///
    /// # Errors
    /// When the server had failed.
    pub async fn stop(self) -> io::Result<()> {
        self.readiness.drain();
        // Without a delay nobody in front is counted on to go elsewhere, and there is no hurry to be gentle about.
        if self.shutdown_delay > Duration::ZERO {
            tokio::time::sleep(self.shutdown_delay).await;
            self.last_call.call().await;
        } else {
            drop(self.last_call);
        }
        self.handle.stop(true).await;
        self.task.await.map_err(io::Error::other)?
    }
}

/// Waits until this process is asked to stop (SIGTERM or Ctrl-C).
///
/// # Errors
/// When the process may not listen for signals.
pub async fn stop_requested() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "stopping");
    Ok(())
}
