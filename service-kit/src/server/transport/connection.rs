//! A client's connection, between the socket and the HTTP library (`actix_http::h1::Dispatcher`).
//!
//! The library gets one request at a time, and the next only after its response has begun; pipelined requests wait a
//! little longer, so that other connections are served first. Heads that the library would reject are replaced by a
//! request of our own, which the request middleware answers ([`super::rejection`]). Every wait for the client is
//! bounded.

use std::io;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::web::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::chunks::Scan;
use super::connections::Slot;
use super::head::{self, Body, Head};
use super::rejection::{self, ConnectionData, RequestRejection};
use super::timer::Timer;

/// Time in which the first request must begin, and in which each head must be complete once it has begun.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Keep-alive timeout: time between a response and the next request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Maximum time between two reads of a body. Endpoints that read bodies have shorter timeouts.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Maximum time between two writes of a response to a client that does not read.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Delay of a pipelined request after the previous response, in milliseconds, drawn at random: with it, fifty pipelining
/// clients leave most of a core to all others, and their requests do not come in bursts, which others would have to wait
/// for. Clients that want more open more connections.
const PIPELINE_PAUSE_MS: Range<u64> = 10..40;
/// After a rejection: maximum time and bytes read before closing. Closing a socket with unread bytes resets it, and the
/// response may be lost (RFC 9112 §9.6).
const LINGER: Duration = Duration::from_secs(1);
const MAX_DISCARDED: usize = 1024 * 1024;
/// Bytes read from the socket at a time.
const READ_SIZE: usize = 8 * 1024;

/// One client's connection.
pub(crate) struct Connection {
    stream: TcpStream,
    data: Rc<ConnectionData>,
    slot: Slot,
    /// Bytes received and not yet passed on.
    inbox: BytesMut,
    /// Bytes at the front of `inbox` that may be passed on.
    released: usize,
    phase: Phase,
    /// `true` from a request passed on until the first byte of its response.
    is_unanswered: bool,
    has_answered: bool,
    has_ended: bool,
    is_new_line: bool,
    /// Start of the present wait for the client.
    since: Instant,
    blocked_since: Option<Instant>,
    resume_at: Option<Instant>,
    discarded: usize,
    read_timer: Timer,
    write_timer: Timer,
}

/// Meaning of the bytes in `inbox`.
enum Phase {
    Head,
    Body(Body),
    /// A body without a recognizable end: the library gets end of stream.
    Broken,
    /// Nothing that follows a rejected request is read.
    Rejected,
}

/// Progress possible without reading from the socket.
enum Progress {
    Released,
    NeedsInput,
    /// The next request waits for the response to the previous one.
    Waiting,
    Ended,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, local_port: u16, slot: Slot, rejection: Option<RequestRejection>) -> Self {
        let mut connection = Self {
            stream,
            data: Rc::new(ConnectionData { local_port, ..ConnectionData::default() }),
            slot,
            inbox: BytesMut::new(),
            released: 0,
            phase: Phase::Head,
            is_unanswered: false,
            has_answered: false,
            has_ended: false,
            is_new_line: false,
            since: Instant::now(),
            blocked_since: None,
            resume_at: None,
            discarded: 0,
            read_timer: Timer::default(),
            write_timer: Timer::default(),
        };
        if let Some(rejection) = rejection {
            connection.reject(rejection);
        }
        connection
    }

    /// Data of the connection, visible to its requests.
    pub(crate) fn data(&self) -> Rc<ConnectionData> {
        Rc::clone(&self.data)
    }

    fn reject(&mut self, rejection: RequestRejection) {
        self.data.rejection.set(Some(rejection));
        self.inbox.clear();
        self.inbox.extend_from_slice(rejection::REQUEST);
        self.released = self.inbox.len();
        self.phase = Phase::Rejected;
        self.slot.serve();
    }

    /// Ends the stream for the library, and marks the response as the last one for the request middleware.
    fn end_stream(&mut self) {
        self.phase = Phase::Broken;
        self.data.is_broken.set(true);
    }

    fn advance(&mut self) -> Progress {
        let wait = if self.has_ended { Progress::Ended } else { Progress::NeedsInput };
        match &mut self.phase {
            Phase::Broken => Progress::Ended,
            Phase::Rejected if self.discarded > MAX_DISCARDED => Progress::Waiting,
            Phase::Rejected => {
                self.discarded += self.inbox.len();
                self.inbox.clear();
                wait
            }
            _ if self.inbox.is_empty() => wait,
            Phase::Body(_) => self.advance_body(),
            Phase::Head if self.is_unanswered => Progress::Waiting,
            Phase::Head => self.advance_head(),
        }
    }

    fn advance_body(&mut self) -> Progress {
        let Phase::Body(body) = &mut self.phase else { return Progress::NeedsInput };
        let all = self.inbox.len();
        let (released, is_over) = match body {
            Body::UntilEnd => (all, false),
            Body::Length(left) => {
                let step = usize::try_from(*left).unwrap_or(usize::MAX).min(all);
                *left -= step as u64;
                (step, *left == 0)
            }
            Body::Chunked(scanner) => match scanner.scan(&self.inbox) {
                Scan::Continues => (all, false),
                Scan::Ends(len) => (len, true),
                Scan::Malformed => {
                    self.end_stream();
                    return Progress::Ended;
                }
            },
        };
        self.released = released;
        if is_over {
            self.phase = Phase::Head;
            self.is_new_line = true;
        }
        Progress::Released
    }

    fn advance_head(&mut self) -> Progress {
        if !self.is_new_line && !self.has_ended && self.inbox.len() <= head::MAX_HEAD {
            return Progress::NeedsInput; // heads end with a line end; parsing after each byte of a slow head is costly
        }
        self.is_new_line = false;
        if let Some((line, len)) = head::encoded_line(&self.inbox) {
            let rest = self.inbox.split_off(len);
            self.inbox = line.as_slice().into();
            self.inbox.unsplit(rest);
        }
        match head::read(&self.inbox) {
            Head::Complete { len, body } => {
                self.released = len;
                self.is_new_line = matches!(body, Body::Length(0));
                self.phase = if self.is_new_line { Phase::Head } else { Phase::Body(body) };
                self.is_unanswered = true;
                self.slot.serve();
            }
            Head::Rejected(rejection) => self.reject(rejection),
            Head::Incomplete if self.has_ended => self.reject(RequestRejection::HeadIncomplete),
            Head::Incomplete => return Progress::NeedsInput,
        }
        Progress::Released
    }

    /// Reads from the socket. A client that exceeds a timeout is treated as at its end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [const { MaybeUninit::uninit() }; READ_SIZE];
        let mut space = ReadBuf::uninit(&mut space);
        if Pin::new(&mut self.stream).poll_read(cx, &mut space)?.is_pending() {
            return self.poll_wait(cx).map(Ok);
        }
        let bytes = space.filled();
        self.has_ended |= bytes.is_empty();
        if self.inbox.is_empty() || matches!(self.phase, Phase::Body(_)) {
            self.since = Instant::now();
        }
        self.is_new_line |= self.inbox.is_empty() || bytes.contains(&b'\n');
        self.inbox.extend_from_slice(bytes);
        Poll::Ready(Ok(()))
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let limit = match self.phase {
            Phase::Head if self.is_unanswered => return Poll::Pending,
            Phase::Head if self.has_answered && self.inbox.is_empty() => KEEP_ALIVE,
            Phase::Head => HEAD_TIMEOUT,
            Phase::Body(_) => BODY_TIMEOUT,
            Phase::Broken | Phase::Rejected => return Poll::Pending,
        };
        self.slot.wait_for_client(cx.waker());
        ready!(self.read_timer.poll(cx, self.since + limit));
        match self.phase {
            Phase::Head if !self.inbox.is_empty() => self.reject(RequestRejection::HeadTimeout),
            _ => self.end_stream(),
        }
        Poll::Ready(())
    }

    fn record_write(&mut self, cx: &mut Context<'_>) {
        (self.is_unanswered, self.has_answered, self.blocked_since) = (false, true, None);
        self.since = Instant::now();
        self.slot.serve();
        // The socket wakes the task for the next request; only this starts its timeout, or the pause.
        let timer = match self.phase {
            Phase::Head if !self.inbox.is_empty() => {
                self.resume_at = Some(self.since + Duration::from_millis(rand::random_range(PIPELINE_PAUSE_MS)));
                self.poll_resume(cx)
            }
            _ if self.inbox.is_empty() && !self.has_ended => self.poll_wait(cx),
            _ => Poll::Ready(()),
        };
        if timer.is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    /// Waits for the end of the pause after a response.
    fn poll_resume(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(resume_at) = self.resume_at {
            self.slot.wait_for_client(cx.waker());
            ready!(self.read_timer.poll(cx, resume_at));
            self.resume_at = None;
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.released > 0 {
                let len = this.released.min(out.remaining());
                out.put_slice(&this.inbox[..len]);
                this.inbox.advance(len);
                this.released -= len;
                if this.inbox.is_empty() {
                    this.inbox = BytesMut::new(); // idle connections keep no buffer
                }
                return Poll::Ready(Ok(()));
            }
            if this.slot.is_evicted() {
                return Poll::Ready(Ok(()));
            }
            ready!(this.poll_resume(cx));
            match this.advance() {
                Progress::Released => {}
                Progress::NeedsInput => ready!(this.poll_fill(cx))?,
                Progress::Waiting => return Poll::Pending,
                Progress::Ended => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Poll::Ready(written) = Pin::new(&mut this.stream).poll_write(cx, bytes) {
            this.record_write(cx);
            return Poll::Ready(written);
        }
        this.slot.wait_for_client(cx.waker());
        if this.slot.is_evicted() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let since = *this.blocked_since.get_or_insert_with(Instant::now);
        ready!(this.write_timer.poll(cx, since + WRITE_TIMEOUT));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        if !matches!(this.phase, Phase::Broken | Phase::Rejected) {
            return Poll::Ready(Ok(()));
        }
        let mut space = [const { MaybeUninit::uninit() }; READ_SIZE];
        while !this.has_ended && this.discarded <= MAX_DISCARDED {
            let mut space = ReadBuf::uninit(&mut space);
            if Pin::new(&mut this.stream).poll_read(cx, &mut space)?.is_pending() {
                ready!(this.read_timer.poll(cx, this.since + LINGER));
                break;
            }
            this.has_ended = space.filled().is_empty();
            this.discarded += space.filled().len();
        }
        Poll::Ready(Ok(()))
    }
}
