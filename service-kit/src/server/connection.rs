//! A client's connection, between the socket and the HTTP library (`actix_http::h1::Dispatcher`).
//!
//! The library gets one request at a time, and the next one only after it has begun to answer; a request that was pipelined
//! waits a moment longer, so that others come first. The library gets no head that it would reject: such a request is replaced by one of ours, which the
//! frame answers ([`super::rejection`]). And nobody is waited for without a bound.

use std::io;
use std::mem::MaybeUninit;
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
use super::rejection::{self, ConnectionData, Rejection};
use super::timer::Timer;

/// Time in which the first request must begin, and in which every head must be complete once it has begun.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Time between an answer and the next request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Time in which something more of a body must arrive. Endpoints that read bodies wait less.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Time in which a client must take something of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time after an answer for which a request that was sent before it waits: fifty clients that pipeline leave most of a core to
/// all others. Programs that want more open more connections.
const PIPELINE_PAUSE: Duration = Duration::from_millis(10);
/// After a rejection: time and bytes for which is read on. A socket that is closed with unread bytes in it is reset, and the
/// answer may be lost (RFC 9112 §9.6).
const LINGER: Duration = Duration::from_secs(1);
const MAX_DISCARDED: usize = 1024 * 1024;
/// Bytes taken from the socket at a time.
const READ_SIZE: usize = 8 * 1024;

/// The bytes of one client.
pub(super) struct Connection {
    stream: TcpStream,
    data: Rc<ConnectionData>,
    slot: Slot,
    /// What was received and not passed on yet.
    inbox: BytesMut,
    /// Bytes at the front of `inbox` that may be passed on.
    released: usize,
    phase: Phase,
    /// A request was passed on, and nothing of its answer was written yet.
    is_unanswered: bool,
    has_answered: bool,
    has_ended: bool,
    is_new_line: bool,
    /// When the client got the next move.
    since: Instant,
    blocked_since: Option<Instant>,
    resume_at: Option<Instant>,
    discarded: usize,
    read_timer: Timer,
    write_timer: Timer,
}

/// What the bytes of `inbox` are.
enum Phase {
    Head,
    Body(Body),
    /// A body that has no end: the library is told that the stream is over.
    Broken,
    /// Nothing that follows a rejected request is read.
    Rejected,
}

/// What can be done without reading from the socket.
enum Progress {
    Released,
    NeedsInput,
    /// The next request waits until the one before is being answered.
    Held,
    Ended,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, local_port: u16, slot: Slot, rejection: Option<Rejection>) -> Self {
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

    /// What requests of this connection can see of it.
    pub(super) fn data(&self) -> Rc<ConnectionData> {
        Rc::clone(&self.data)
    }

    fn reject(&mut self, rejection: Rejection) {
        self.data.rejection.set(Some(rejection));
        self.inbox.clear();
        self.inbox.extend_from_slice(rejection::REQUEST);
        self.released = self.inbox.len();
        self.phase = Phase::Rejected;
        self.slot.serve();
    }

    /// Tells the library that the stream is over, and the frame that its answer is the last one.
    fn break_off(&mut self) {
        self.phase = Phase::Broken;
        self.data.is_broken.set(true);
    }

    fn advance(&mut self) -> Progress {
        let wait = if self.has_ended { Progress::Ended } else { Progress::NeedsInput };
        match &mut self.phase {
            Phase::Broken => Progress::Ended,
            Phase::Rejected if self.discarded > MAX_DISCARDED => Progress::Held,
            Phase::Rejected => {
                self.discarded += self.inbox.len();
                self.inbox.clear();
                wait
            }
            _ if self.inbox.is_empty() => wait,
            Phase::Body(_) => self.advance_body(),
            Phase::Head if self.is_unanswered => Progress::Held,
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
                Scan::GoesOn => (all, false),
                Scan::Ends(len) => (len, true),
                Scan::Malformed => {
                    self.break_off();
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
            return Progress::NeedsInput; // a head ends with a line; looking at each byte of one that trickles in is costly
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
            Head::Incomplete if self.has_ended => self.reject(Rejection::HeadIncomplete),
            Head::Incomplete => return Progress::NeedsInput,
        }
        Progress::Released
    }

    /// Takes what the socket has. A client that is waited for too long is at its end.
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
            Phase::Head if !self.inbox.is_empty() => self.reject(Rejection::HeadTimeout),
            _ => self.break_off(),
        }
        Poll::Ready(())
    }

    fn note_written(&mut self, cx: &mut Context<'_>) {
        (self.is_unanswered, self.has_answered, self.blocked_since) = (false, true, None);
        self.since = Instant::now();
        self.slot.serve();
        // The socket wakes the task when the next request comes; nothing but this begins its time-out, or the pause.
        let timer = match self.phase {
            Phase::Head if !self.inbox.is_empty() => {
                self.resume_at = Some(self.since + PIPELINE_PAUSE);
                self.poll_resume(cx)
            }
            _ if self.inbox.is_empty() && !self.has_ended => self.poll_wait(cx),
            _ => Poll::Ready(()),
        };
        if timer.is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    /// Waits for the end of the pause after an answer.
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
                    this.inbox = BytesMut::new(); // idle connections keep nothing
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
                Progress::Held => return Poll::Pending,
                Progress::Ended => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Poll::Ready(written) = Pin::new(&mut this.stream).poll_write(cx, bytes) {
            this.note_written(cx);
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
