//! Graceful listener shutdown: stops answering SYNs, drains the accept queue, then closes.
//!
//! Linux completes TCP handshakes before the program accepts the connection, and proxies send their request at once.
//! Closing the listener at that moment resets the connection, and a request that must not be repeated (POST) is lost.
//! So a socket filter (man 7 socket, `SO_ATTACH_FILTER`) first drops new SYNs while completed handshakes are still
//! accepted. A client whose SYN was dropped repeats it after a second (RFC 6298 §2), is refused, and uses the next
//! server, having sent nothing.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

/// Time for completed handshakes to be accepted.
const ACCEPT_GRACE: Duration = Duration::from_millis(100);

/// Handle that stops a listener from accepting connections.
pub(crate) struct GracefulListener(TcpListener);

impl GracefulListener {
    /// Second handle of this listener.
    pub(crate) fn of(listener: &TcpListener) -> io::Result<Self> {
        Ok(Self(listener.try_clone()?))
    }

    /// Drops new handshakes, and waits until the completed ones were accepted. Then the listener must be closed: both
    /// this handle (dropped here) and the server's.
    pub(crate) async fn stop_accepting(self) {
        match ignore_handshakes(&self.0) {
            Ok(()) => tokio::time::sleep(ACCEPT_GRACE).await,
            Err(error) => tracing::debug!(%error, "the listener cannot be closed gently here"),
        }
    }
}

/// Drops segments with SYN and without ACK, which start a connection. All others pass, so handshakes in progress
/// complete; their connections inherit the filter and never see such a segment.
#[cfg(target_os = "linux")]
fn ignore_handshakes(listener: &TcpListener) -> io::Result<()> {
    use socket2::{SockFilter, SockRef};

    // Classic BPF (linux/filter.h). At this point of the stack a packet begins with its TCP header, flags in byte 13.
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const SYN: u32 = 0x02;
    const SYN_AND_ACK: u32 = 0x12;
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, 13),
        SockFilter::new(AND, 0, 0, SYN_AND_ACK),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

#[cfg(not(target_os = "linux"))]
fn ignore_handshakes(_: &TcpListener) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn completed_handshakes_are_accepted_and_new_ones_dropped() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let mut early = TcpStream::connect(address).expect("it listens");
        GracefulListener::of(&listener).expect("a second handle").stop_accepting().await;
        assert!(
            TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_err(),
            "new handshakes are dropped"
        );
        let (mut accepted, _) = listener.accept().expect("the completed handshake");
        drop(listener);
        early.write_all(b"hello").expect("the connection stands");
        let mut received = [0; 5];
        accepted.read_exact(&mut received).expect("the bytes arrive");
        assert_eq!(&received, b"hello");
        assert!(TcpStream::connect(address).is_err());
    }
}
