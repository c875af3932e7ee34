//! Server life cycle: bind, listen when ready, serve, drain.

use std::future::ready;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server, ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::{App, middleware, web};
use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing_actix_web::TracingLogger;

use super::metrics;
use super::origins::AllowedOrigins;
use super::readiness::Readiness;
use super::request_middleware::request_middleware;
use super::settings::{RequestRules, ServerSettings};
use super::signals::stop_requested;
use super::span::RequestSpanBuilder;
use super::transport::connection::Connection;
use super::transport::connections::Connections;
use super::transport::descriptors::ConnectionBounds;
use super::transport::graceful_listener::GracefulListener;

/// Maximum length of the accept queue.
const BACKLOG: i32 = 1024;
/// Interval of checks whether the server is still running.
const LIVENESS_INTERVAL: Duration = Duration::from_secs(1);
/// Maximum time for which a closed connection with unread body bytes is still read.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Interval of readiness checks before listening.
const READY_POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A server that is accepting, or will be once it is ready.
pub struct RunningServer {
    address: SocketAddr,
    /// The server once it listens; closed when it was stopped before.
    opened: oneshot::Receiver<ServerHandle>,
    readiness: Readiness,
    shutdown_delay: Duration,
    graceful_listener: GracefulListener,
    task: JoinHandle<io::Result<()>>,
}

/// Binds and serves what `configure` sets up, inside the request middleware. Must be called in a tokio runtime.
///
/// # Errors
/// When the address is in use or not local.
pub fn start<F>(settings: &ServerSettings, readiness: Readiness, configure: F) -> io::Result<RunningServer>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let listener = bind(settings.listen).map_err(|error| cannot_listen(settings.listen, &error))?;
    let address = listener.local_addr()?;
    let graceful_listener = GracefulListener::of(&listener)?;
    metrics::install();
    let (service, version) = readiness.build_info();
    metrics::record_build(service, version);
    let (opened_sender, opened) = oneshot::channel();
    let task = if settings.start_delay.is_zero() {
        let server = open(listener, settings, &readiness, configure)?;
        let _ = opened_sender.send(server.handle());
        tokio::spawn(server)
    } else {
        let (settings, readiness) = (settings.clone(), readiness.clone());
        tokio::spawn(async move {
            if readiness.wait(settings.start_delay, READY_POLL_INTERVAL).await {
                let server = open(listener, &settings, &readiness, configure)?;
                tracing::info!(%address, "open for requests");
                let _ = opened_sender.send(server.handle());
                server.await?;
            }
            Ok(())
        })
    };
    Ok(RunningServer { address, opened, readiness, shutdown_delay: settings.shutdown_delay, graceful_listener, task })
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
}

/// Binds the address. Connections are refused until the socket listens.
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
    let cors_origins = settings.cors_origins.clone();
    let port = listener.local_addr()?.port();
    let bounds = ConnectionBounds::of(&settings.connections);
    tracing::info!(port, connections = bounds.max, per_address = bounds.per_address, "bounds of open connections");
    let connections = bounds.connections(&settings.connections);
    // Two sockets that do not listen yet may have bound the same address; the first to listen keeps it.
    SockRef::from(&listener).listen(BACKLOG).map_err(|error| cannot_listen(settings.listen, &error))?;
    let server = Server::build();
    let draining = server.graceful_shutdown_signal();
    let serve = move || {
        let app = application(shared.clone(), rules, cors_origins.clone(), configure.clone());
        let app = app.into_factory().map_err(|error: actix_web::Error| error.error_response());
        let draining = draining.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let draining = draining.clone();
                async move { draining.notified().await }
            })
            .keep_alive(KeepAlive::Os) // `Connection` has its own timeouts
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .on_connect_ext(|connection: &Connection, data| drop(data.insert(connection.data())))
            .h1(map_config(app, |()| AppConfig::default()));
        let connections = connections.clone();
        fn_service(move |stream| ready(accept(stream, port, &connections))).and_then(http)
    };
    // Above the bound, so that eviction decides which connection is closed.
    let accepted = (bounds.max + bounds.rejected).div_ceil(settings.workers);
    let server = server
        .workers(settings.workers)
        .max_concurrent_connections(accepted)
        .shutdown_timeout(settings.drain_timeout.as_secs())
        .disable_signals()
        .listen("http", listener, serve)?;
    Ok(server.run())
}

/// What `configure` sets up, inside the request middleware and the span of the request.
pub(crate) fn application<F>(
    readiness: web::Data<Readiness>,
    rules: RequestRules,
    cors_origins: AllowedOrigins,
    configure: F,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
>
where
    F: FnOnce(&mut web::ServiceConfig),
{
    let app = App::new().app_data(readiness).app_data(rules).app_data(cors_origins);
    let app = app.wrap(middleware::from_fn(request_middleware));
    app.wrap(TracingLogger::<RequestSpanBuilder>::new()).configure(configure)
}

/// Admits a new connection within the bounds.
fn accept(
    stream: TcpStream,
    port: u16,
    connections: &Connections,
) -> Result<(Connection, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr()?;
    // Responses are written whole; with Nagle's algorithm the second would wait for the client's acknowledgement.
    stream.set_nodelay(true)?;
    let no_room = || io::Error::other("more connections than can be rejected");
    let (slot, rejection) = connections.admit(peer.ip()).ok_or_else(no_room)?;
    Ok((Connection::new(stream, port, slot, rejection), Some(peer)))
}

impl RunningServer {
    /// Bound address, with the actual port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL for callers on this machine.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits for a stop signal or the end of the server; [`RunningServer::stop`] then returns its error.
    ///
    /// # Errors
    /// When signal handlers cannot be installed.
    pub async fn stop_requested(&self) -> io::Result<()> {
        let ended = async {
            while !self.task.is_finished() {
                tokio::time::sleep(LIVENESS_INTERVAL).await;
            }
        };
        tokio::select! {
            requested = stop_requested() => requested,
            () = ended => Ok(()),
        }
    }

    /// Fails readiness and closes each connection with its next response; after the delay stops accepting, finishes
    /// requests in progress and stops.
    ///
    /// # Errors
    /// When the server has failed.
    pub async fn stop(self) -> io::Result<()> {
        self.readiness.drain();
        // Without a delay no load balancer is expected to react, so there is nothing to drain gently.
        if self.shutdown_delay > Duration::ZERO && !self.task.is_finished() {
            tokio::time::sleep(self.shutdown_delay).await;
            self.graceful_listener.stop_accepting().await;
        } else {
            drop(self.graceful_listener);
        }
        if let Ok(server) = self.opened.await {
            server.stop(true).await;
        }
        self.task.await.map_err(io::Error::other)?
    }
}
