//! Binding, opening when ready, serving and draining.

mod chunks;
mod connection;
mod connections;
mod descriptors;
mod head;
pub(crate) mod rejection;
mod signals;
mod timer;

use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::{AppConfig, Server, ServerHandle};
use actix_web::{App, middleware, web};
use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::graceful_listener::GracefulListener;
use crate::health::Readiness;
use crate::metrics;
use crate::request_middleware::{RequestRules, request_middleware};
use connection::Connection;
use connections::Connections;
use descriptors::Bounds;

pub use descriptors::ConnectionLimits;
pub use signals::{listen_for_signals, stop_requested};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// How often it is looked whether the server goes on.
const GOES_ON_EVERY: Duration = Duration::from_secs(1);
/// How long a connection that is closed with unread bytes of a body is read on.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How often a server that waits for being ready looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How a server listens and leaves.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Worker threads.
    pub workers: usize,
    /// How long, at most, it does not listen until it is ready: for proxies that never ask `/readyz` and go elsewhere when
    /// they are refused. With zero it listens at once.
    pub start_delay: Duration,
    /// How long requests under way may go on after the stop.
    pub drain_timeout: Duration,
    /// How long it goes on accepting while `/readyz` says no already, so that load balancers can look away first.
    pub shutdown_delay: Duration,
    /// How many connections it accepts.
    pub connections: ConnectionLimits,
    /// What is asked of requests before anything else.
    pub rules: RequestRules,
}

impl ServerSettings {
    /// On `listen`, with a worker per core and ten seconds to drain.
    pub fn new(listen: SocketAddr) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            listen,
            workers,
            start_delay: Duration::ZERO,
            drain_timeout: Duration::from_secs(10),
            shutdown_delay: Duration::ZERO,
            connections: ConnectionLimits::default(),
            rules: RequestRules::default(),
        }
    }
}

/// A server that is accepting, or will be once it is ready.
pub struct RunningServer {
    address: SocketAddr,
    /// The server, once it is open; nothing when it was told to stop before.
    opened: oneshot::Receiver<ServerHandle>,
    readiness: Readiness,
    shutdown_delay: Duration,
    last_call: GracefulListener,
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
    let listener = bind(settings.listen).map_err(|error| cannot_listen(settings.listen, &error))?;
    let address = listener.local_addr()?;
    let last_call = GracefulListener::of(&listener)?;
    metrics::install();
    readiness.measure();
    let (tell, opened) = oneshot::channel();
    let task = if settings.start_delay.is_zero() {
        let server = open(listener, settings, &readiness, configure)?;
        let _ = tell.send(server.handle());
        tokio::spawn(server)
    } else {
        let (settings, readiness) = (settings.clone(), readiness.clone());
        tokio::spawn(async move {
            if readiness.wait(settings.start_delay, LOOK_EVERY).await {
                let server = open(listener, &settings, &readiness, configure)?;
                tracing::info!(%address, "open for requests");
                let _ = tell.send(server.handle());
                server.await?;
            }
            Ok(())
        })
    };
    Ok(RunningServer { address, opened, readiness, shutdown_delay: settings.shutdown_delay, last_call, task })
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
}

/// Takes the address. Whoever connects is refused until the socket listens.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn open<F>(listener: TcpListener, settings: &ServerSettings, readiness: &Readiness, configure: F) -> io::Result<Server>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let (shared, rules) = (web::Data::new(readiness.clone()), settings.rules);
    let port = listener.local_addr()?.port();
    let bounds = Bounds::of(&settings.connections);
    tracing::info!(port, connections = bounds.max, per_address = bounds.per_address, "bounds of open connections");
    let connections = bounds.connections(&settings.connections);
    // Two that do not listen yet may both have taken an address; the one that listens first keeps it.
    SockRef::from(&listener).listen(BACKLOG).map_err(|error| cannot_listen(settings.listen, &error))?;
    let server = Server::build();
    let draining = server.graceful_shutdown_signal();
    let serve = move || {
        let app = App::new().app_data(shared.clone()).app_data(rules);
        let app = app.wrap(middleware::from_fn(request_middleware)).configure(configure.clone());
        let app = app.into_factory().map_err(|error: actix_web::Error| error.error_response());
        let draining = draining.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let draining = draining.clone();
                async move { draining.notified().await }
            })
            .keep_alive(KeepAlive::Os) // connections have time-outs of their own
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .on_connect_ext(|connection: &Connection, data| drop(data.insert(connection.data())))
            .h1(map_config(app, |()| AppConfig::default()));
        let connections = connections.clone();
        fn_service(move |stream| ready(accept(stream, port, &connections))).and_then(http)
    };
    // Above the bound, so that it is the bound that decides which connection goes.
    let accepted = (bounds.max + bounds.rejected).div_ceil(settings.workers);
    let server = server
        .workers(settings.workers)
        .max_concurrent_connections(accepted)
        .shutdown_timeout(settings.drain_timeout.as_secs())
        .disable_signals()
        .listen("http", listener, serve)?;
    Ok(server.run())
}

/// Takes a new connection into the bounds.
fn accept(
    stream: TcpStream,
    port: u16,
    connections: &Connections,
) -> Result<(Connection, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr()?;
    // Answers are written whole; the second of two would wait for the client's acknowledgement of the first.
    stream.set_nodelay(true)?;
    let no_room = || io::Error::other("more connections than can be rejected");
    let (slot, rejection) = connections.admit(peer.ip()).ok_or_else(no_room)?;
    Ok((Connection::new(stream, port, slot, rejection), Some(peer)))
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

    /// Waits until this process is asked to stop, or the server has ended by itself; then [`RunningServer::stop`] says why.
    ///
    /// # Errors
    /// When the process may not listen for signals.
    pub async fn stop_requested(&self) -> io::Result<()> {
        let ended = async {
            while !self.task.is_finished() {
                tokio::time::sleep(GOES_ON_EVERY).await;
            }
        };
        tokio::select! {
            asked = stop_requested() => asked,
            () = ended => Ok(()),
        }
    }

    /// Turns readiness off and ends each connection with its next answer; after the delay closes the door, finishes what is
    /// under way and stops.
    ///
    /// # Errors
    /// When the server had failed.
    pub async fn stop(self) -> io::Result<()> {
        self.readiness.drain();
        // Without a delay nobody in front is counted on to go elsewhere, and there is no hurry to be gentle about.
        if self.shutdown_delay > Duration::ZERO && !self.task.is_finished() {
            tokio::time::sleep(self.shutdown_delay).await;
            self.last_call.stop_accepting().await;
        } else {
            drop(self.last_call);
        }
        if let Ok(server) = self.opened.await {
            server.stop(true).await;
        }
        self.task.await.map_err(io::Error::other)?
    }
}
