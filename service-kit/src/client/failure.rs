//! What can go wrong with a call, in the words of RFC 9209 (Proxy-Status), told apart by what reqwest 0.13 reports.

use std::error::Error;
use std::io;
use std::time::Duration;

use contracts::problem::Problem;

/// Why there is no usable answer. Every kind but [`Self::Throttled`] and [`Self::LocalSaturation`] counts against the
/// service that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Nothing listens there.
    ConnectionRefused,
    /// There is no way there.
    DestinationUnroutable,
    /// No connection came about in time.
    ConnectionTimeout,
    /// The connection was broken off before the answer.
    ConnectionTerminated,
    /// The connection stalled in the middle of the answer.
    ConnectionReadTimeout,
    /// No answer came in time.
    ResponseTimeout,
    /// The answer broke off.
    ResponseIncomplete,
    /// The answer is larger than any answer of this endpoint can be.
    ResponseTooLarge,
    /// What came back is not HTTP.
    ProtocolError,
    /// The other side shows a certificate that is not trusted here: unknown issuer, another name, expired.
    TlsCertificateError,
    /// There is no TLS with the other side, for another reason than its certificate.
    TlsProtocolError,
    /// The name could not be resolved, or no connection could be made for another reason.
    ConnectFailed,
    /// The answer is not what the contract says.
    MalformedBody,
    /// The other side sends us elsewhere, and we do not go.
    Redirected,
    /// The address is one that must not be talked to.
    DestinationProhibited,
    /// The other side failed (5xx).
    ServerError,
    /// The other side limits this caller (429). Says nothing about its health; overload of its own is a 503.
    Throttled,
    /// This process had no time to look at the answer. Says nothing about the other side.
    LocalSaturation,
    /// The other side does not accept our own credentials or our request: a fault of this installation.
    Misconfigured,
}

impl FailureKind {
    /// The word for logs, metrics and status pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionRefused => "connection_refused",
            Self::DestinationUnroutable => "destination_ip_unroutable",
            Self::ConnectionTimeout => "connection_timeout",
            Self::ConnectionTerminated => "connection_terminated",
            Self::ConnectionReadTimeout => "connection_read_timeout",
            Self::ResponseTimeout => "http_response_timeout",
            Self::ResponseIncomplete => "http_response_incomplete",
            Self::ResponseTooLarge => "http_response_body_size",
            Self::ProtocolError => "http_protocol_error",
            Self::TlsCertificateError => "tls_certificate_error",
            Self::TlsProtocolError => "tls_protocol_error",
            Self::ConnectFailed => "connect_failed",
            Self::MalformedBody => "malformed_body",
            Self::Redirected => "http_3xx",
            Self::DestinationProhibited => "destination_ip_prohibited",
            Self::ServerError => "http_5xx",
            Self::Throttled => "throttled",
            Self::LocalSaturation => "local_saturation",
            Self::Misconfigured => "misconfigured",
        }
    }

    /// Whether the time ran out.
    pub const fn is_timeout(self) -> bool {
        matches!(self, Self::ConnectionTimeout | Self::ConnectionReadTimeout | Self::ResponseTimeout)
    }

    /// Whether there was no connection, so that nothing of the request has left.
    pub const fn is_unsent(self) -> bool {
        matches!(
            self,
            Self::ConnectionRefused
                | Self::DestinationUnroutable
                | Self::ConnectionTimeout
                | Self::TlsCertificateError
                | Self::ConnectFailed
                | Self::DestinationProhibited
        )
    }

    /// Names what reqwest reports. The order matters: a body that stalls is a decode error too, so time is looked at
    /// first; the io error in the chain says more than reqwest's own classes.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return if error.is_connect() {
                Self::ConnectionTimeout
            } else if error.is_decode() || error.is_body() {
                Self::ConnectionReadTimeout
            } else {
                Self::ResponseTimeout
            };
        }
        if let Some(kind) = tls_failure(error) {
            return kind;
        }
        match io_kind(error) {
            Some(io::ErrorKind::ConnectionRefused) => return Self::ConnectionRefused,
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
                return Self::DestinationUnroutable;
            }
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted) => {
                return Self::ConnectionTerminated;
            }
            Some(io::ErrorKind::PermissionDenied) => return Self::DestinationProhibited,
            Some(io::ErrorKind::UnexpectedEof) => return Self::ResponseIncomplete,
            _ => {}
        }
        if error.is_connect() {
            Self::ConnectFailed
        } else if error.is_decode() || error.is_body() {
            Self::ResponseIncomplete
        } else if has_text(error, "invalid HTTP") {
            Self::ProtocolError
        } else {
            Self::ConnectionTerminated
        }
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Error::source(error), |&cause| cause.source())
}

/// What TLS reports.
fn tls_failure(error: &reqwest::Error) -> Option<FailureKind> {
    causes(error).find_map(tls_error).map(|error| match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            FailureKind::TlsCertificateError
        }
        _ => FailureKind::TlsProtocolError,
    })
}

/// The error of TLS that a cause is, or holds: an io error does not show its inner error as its source.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let held = || tls_error(cause.downcast_ref::<io::Error>()?.get_ref()?);
    cause.downcast_ref::<rustls::Error>().or_else(held)
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

fn has_text(error: &reqwest::Error, text: &str) -> bool {
    causes(error).any(|cause| cause.to_string().contains(text))
}

/// How a call ended when not with a success.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The other side answered, and the answer is no. It works as it should.
    #[error("refused: {}", .0.code)]
    Refused(Box<Problem>),
    /// There is no usable answer.
    #[error("{}", .0.as_str())]
    Failed(FailureKind),
    /// There is no usable answer, and the other side says when to ask again (RFC 9110 §10.2.3).
    #[error("{}", .kind.as_str())]
    RetryAfter {
        /// [`FailureKind::Throttled`] (429) or [`FailureKind::ServerError`] (503).
        kind: FailureKind,
        /// Requested pause, as it came.
        after: Duration,
    },
}

impl CallError {
    /// Kind of the failure; `None` for a refusal.
    pub const fn kind(&self) -> Option<FailureKind> {
        match self {
            Self::Refused(_) => None,
            Self::Failed(kind) | Self::RetryAfter { kind, .. } => Some(*kind),
        }
    }
}
