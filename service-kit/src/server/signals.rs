//! Signals: the first requests a graceful stop, the second ends the process.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Grace period for the log thread before a second signal ends the process.
const LOG_GRACE: Duration = Duration::from_millis(50);

/// Name of the first signal once received, or the reason for which signals cannot be handled.
type StopRequest = Result<watch::Receiver<Option<&'static str>>, io::ErrorKind>;

static STOP_REQUEST: OnceLock<StopRequest> = OnceLock::new();

/// Installs handlers for SIGTERM, SIGINT (Ctrl-C) and SIGHUP. From then on the first signal is kept until
/// [`stop_requested`] is awaited, and a second one ends the process at once. Call it before announcing that the server
/// is ready; otherwise an early signal meets the default action.
///
/// # Errors
/// When signal handlers cannot be installed.
pub fn listen_for_signals() -> io::Result<()> {
    Ok(STOP_REQUEST.get_or_init(listen).clone().map(drop)?)
}

/// Waits for SIGTERM, SIGINT (Ctrl-C) or SIGHUP. From the first call on, a second signal ends the process at once, with
/// the exit code of shells: 128 plus the signal number.
///
/// # Errors
/// When signal handlers cannot be installed.
pub async fn stop_requested() -> io::Result<()> {
    let mut requested = STOP_REQUEST.get_or_init(listen).clone()?;
    let stopped = || io::Error::other("the thread that listens for signals has ended");
    let name = *requested.wait_for(Option::is_some).await.map_err(|_| stopped())?;
    tracing::info!(signal = name, "stopping");
    Ok(())
}

/// Listens on its own thread: a runtime blocked by a task would not see the second signal.
#[expect(clippy::disallowed_methods, reason = "a second signal ends the process at once; this thread serves nothing")]
fn listen() -> StopRequest {
    let (request, requested) = watch::channel(None);
    let (ready, is_ready) = std::sync::mpsc::channel();
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let signals = runtime.and_then(|runtime| runtime.block_on(async { Signals::new() }).map(|new| (runtime, new)));
        let (runtime, mut signals) = match signals {
            Ok(listening) => listening,
            Err(error) => {
                let _ = ready.send(Err(error.kind())); // the caller waits for it
                return;
            }
        };
        let _ = ready.send(Ok(()));
        runtime.block_on(async {
            let (name, _) = signals.next().await;
            let _ = request.send(Some(name)); // a command may have stopped listening
            let (name, number) = signals.next().await;
            tracing::warn!(signal = name, "a second signal: ending at once");
            std::thread::sleep(LOG_GRACE);
            std::process::exit(128 + number);
        });
    };
    std::thread::Builder::new().name("signals".into()).spawn(run).map_err(|error| error.kind())?;
    is_ready.recv().map_err(|_| io::ErrorKind::Other)?.map(|()| requested)
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// `None` when it is ignored already, as under `nohup`.
    hangup: Option<Signal>,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let hangup = if ignores_hangup() { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())?, hangup })
    }

    async fn next(&mut self) -> (&'static str, i32) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
            _ = self.interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
            _ = hangup => ("SIGHUP", SignalKind::hangup().as_raw_value()),
        }
    }
}

/// Reads the mask of ignored signals of this process (man 5 proc, `SigIgn`; bit 0 is signal 1).
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
