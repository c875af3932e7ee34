//! Closing a listening socket without losing who is at the door.
//!
//! Linux answers a TCP handshake by itself, before the program accepts the connection, and a proxy sends its request at once.
//! A listener that is closed just then resets the connection, and a request that was sent and may not be repeated (POST) is
//! lost. So the last thing that a listener does is to answer no new handshakes (a socket filter, man 7 socket,
//! `SO_ATTACH_FILTER`) while those that are done are still accepted. Whoever knocks meanwhile repeats it after a second (RFC
//! 6298 §2), is refused, and goes to the next server, having sent nothing.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

/// How long handshakes that are done may wait until they are accepted.
const ACCEPTING: Duration = Duration::from_millis(100);

/// The handle by which a listener is told that no more connections shall come.
pub(crate) struct GracefulListener(TcpListener);

impl GracefulListener {
    /// For this listener.
    pub(crate) fn of(listener: &TcpListener) -> io::Result<Self> {
        Ok(Self(listener.try_clone()?))
    }

    /// Answers no new handshakes, and waits until those that are done were accepted. The listener must be closed then: both
    /// this handle of it, which goes here, and the server's.
    pub(crate) async fn stop_accepting(self) {
        match ignore_handshakes(&self.0) {
            Ok(()) => tokio::time::sleep(ACCEPTING).await,
            Err(error) => tracing::debug!(%error, "the listener cannot be closed gently here"),
        }
    }
}

/// Drops what begins a connection: segments with SYN and without ACK. All other segments pass, so that handshakes under way
/// end well; connections that come of them inherit the filter and never see such a segment.
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
    async fn who_is_at_the_door_is_let_in_and_nobody_else() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let mut early = TcpStream::connect(address).expect("it listens");
        GracefulListener::of(&listener).expect("a second handle").stop_accepting().await;
        assert!(TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_err(), "nobody else comes in");
        let (mut accepted, _) = listener.accept().expect("who was at the door");
        drop(listener);
        early.write_all(b"hello").expect("the connection stands");
        let mut heard = [0; 5];
        accepted.read_exact(&mut heard).expect("the word arrives");
        assert_eq!(&heard, b"hello");
        assert!(TcpStream::connect(address).is_err());
    }
}
