//! Requests that are rejected before routing: unreadable heads, and connections over a bound.
//!
//! The connection replaces such a request by one of its own (method [`METHOD`]) and leaves the reason in its data; the
//! request middleware answers it like any other request: problem document, request id, log line, span and metric.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use contracts::codes;
use contracts::problem::Code;
use metrics::counter;

use crate::base::error::ApiError;

/// Method of the request that replaces a rejected one.
pub(super) const METHOD: &str = "REJECTED";
/// Request that replaces a rejected one.
pub(super) const REQUEST: &[u8] = b"REJECTED / HTTP/1.1\r\nhost: -\r\nconnection: close\r\n\r\n";
/// Log lines per second in the whole process: clients cannot flood the log at the cost of one packet per line.
const LINES_PER_SECOND: usize = 10;

static LINES: Mutex<LineBudget> = Mutex::new(LineBudget::new());

/// Reason of a rejection before routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestRejection {
    NotHttp,
    Http2,
    RequestLine,
    Target,
    TargetTooLong,
    Version,
    Field,
    TooManyFields,
    HeadTooLarge,
    HostMissing,
    HostRepeated,
    HostInvalid,
    LengthInvalid,
    LengthMissing,
    LengthAndEncoding,
    Encoding,
    HeadIncomplete,
    HeadTimeout,
    AddressConnections,
    Connections,
}

impl RequestRejection {
    /// The rejection that `request` stands for, if any.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        // Clients may send this method too: then there is no reason, and it is a method like any other.
        if request.method().as_str() != METHOD {
            return None;
        }
        request.conn_data::<Rc<ConnectionData>>()?.rejection.take()
    }

    /// Value of the label `reason`.
    fn reason(self) -> &'static str {
        match self {
            Self::NotHttp => "not_http",
            Self::Http2 => "http2",
            Self::RequestLine => "request_line",
            Self::Target => "target",
            Self::TargetTooLong => "target_too_long",
            Self::Version => "version",
            Self::Field => "field",
            Self::TooManyFields => "too_many_fields",
            Self::HeadTooLarge => "head_too_large",
            Self::HostMissing => "host_missing",
            Self::HostRepeated => "host_repeated",
            Self::HostInvalid => "host_invalid",
            Self::LengthInvalid => "length_invalid",
            Self::LengthMissing => "length_missing",
            Self::LengthAndEncoding => "length_and_encoding",
            Self::Encoding => "transfer_encoding",
            Self::HeadIncomplete => "head_incomplete",
            Self::HeadTimeout => "head_timeout",
            Self::AddressConnections => "address_connections",
            Self::Connections => "connections",
        }
    }

    fn code(self) -> &'static Code {
        match self {
            Self::TargetTooLong => codes::URI_TOO_LONG,
            Self::TooManyFields | Self::HeadTooLarge => codes::HEADERS_TOO_LARGE,
            Self::HeadTimeout => codes::REQUEST_TIMEOUT,
            Self::AddressConnections => codes::TOO_MANY_CONNECTIONS,
            Self::Connections => codes::UNAVAILABLE,
            _ => codes::BAD_REQUEST,
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::NotHttp => "this port speaks HTTP/1.1 without TLS",
            Self::Http2 => "this port speaks HTTP/1.1 only; HTTP/2 is for the proxy in front",
            Self::RequestLine => "the first line must be METHOD, one space, target, one space, HTTP/1.1",
            Self::Target => "the request target is not a URI; percent-encode spaces and other reserved characters",
            Self::TargetTooLong => "the request target may have 32768 bytes",
            Self::Version => "this port speaks HTTP/1.1 and HTTP/1.0",
            Self::Field => "a header field is malformed: `name: value` on one line, no space before the colon",
            Self::TooManyFields => "a request may have 96 header fields",
            Self::HeadTooLarge => "the request line and the header fields may have 65536 bytes together",
            Self::HostMissing => "HTTP/1.1 requires a Host header field",
            Self::HostRepeated => "there must be one Host header field",
            Self::HostInvalid => "the Host header field is not `host` or `host:port`",
            Self::LengthInvalid => "there must be at most one Content-Length, a decimal number",
            Self::LengthMissing => "a POST by HTTP/1.0 requires Content-Length",
            Self::LengthAndEncoding => "Content-Length and Transfer-Encoding exclude each other",
            Self::Encoding => "the only transfer coding here is `chunked`, by HTTP/1.1",
            Self::HeadIncomplete => "the connection ended within the header fields; an empty line ends them",
            Self::HeadTimeout => "the header fields did not arrive in time",
            Self::AddressConnections => "this address has as many connections as one may have; reuse them",
            Self::Connections => "this server has as many connections as it can",
        }
    }

    /// The response.
    pub(crate) fn error(self) -> ApiError {
        let error = ApiError::new(self.code()).detail(self.hint());
        match self {
            Self::AddressConnections | Self::Connections => error.retry_after(Duration::from_secs(1)),
            _ => error,
        }
    }

    /// Counts and logs the rejection. Above the log budget rejections are only counted; the next line has their number.
    pub(crate) fn record(self, status: u16) {
        counter!("http.server.rejections", "reason" => self.reason()).increment(1);
        let now = Instant::now();
        let mut budget = LINES.lock().unwrap_or_else(PoisonError::into_inner); // numbers are never half-written
        let Some(unlogged) = budget.take(now) else { return };
        drop(budget);
        tracing::info!(reason = self.reason(), status, unlogged, "rejected before routing");
    }
}

/// Connection data for the request middleware, shared by all requests of a connection.
#[derive(Debug, Default)]
pub(crate) struct ConnectionData {
    /// Local port of the connection.
    pub(crate) local_port: u16,
    pub(super) rejection: Cell<Option<RequestRejection>>,
    /// `true` when the end of the last body cannot be found: no further request can be read.
    pub(crate) is_broken: Cell<bool>,
}

/// Times of the last log lines, and number of rejections since that were not logged.
#[derive(Debug, Default)]
struct LineBudget {
    written: VecDeque<Instant>,
    unlogged: u64,
}

impl LineBudget {
    const fn new() -> Self {
        Self { written: VecDeque::new(), unlogged: 0 }
    }

    /// Takes one line: the number of rejections not logged since the last one; `None` when the lines of the last second
    /// are used up.
    fn take(&mut self, now: Instant) -> Option<u64> {
        if self.written.len() == LINES_PER_SECOND {
            let oldest = *self.written.front()?;
            if now.saturating_duration_since(oldest) < Duration::from_secs(1) {
                self.unlogged += 1;
                return None;
            }
            self.written.pop_front();
        }
        self.written.push_back(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_ten_lines_a_second_are_logged_and_the_next_one_counts_the_rest() {
        let start = Instant::now();
        let mut budget = LineBudget::new();
        let lines: Vec<_> = (0..100).filter_map(|_| budget.take(start)).collect();
        assert_eq!(lines, [0; 10]);
        assert_eq!(budget.take(start + Duration::from_millis(999)), None);
        assert_eq!(budget.take(start + Duration::from_secs(1)), Some(91));
        assert_eq!(budget.take(start + Duration::from_secs(1)), Some(0));
    }
}
