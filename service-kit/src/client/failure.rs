//! Failures of calls, in the words of RFC 9209 (Proxy-Status), classified by the errors of reqwest 0.13.

use std::error::Error;
use std::io;
use std::time::Duration;

use contracts::problem::Problem;

/// Kind of a failed call. Every kind but [`Self::Throttled`] and [`Self::LocalSaturation`] counts against the called
/// service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Nothing listens at the address.
    ConnectionRefused,
    /// There is no route to the address.
    DestinationUnroutable,
    /// No connection within the timeout.
    ConnectionTimeout,
    /// The connection was closed before the response.
    ConnectionTerminated,
    /// The connection stalled in the middle of the response.
    ConnectionReadTimeout,
    /// No response within the deadline.
    ResponseTimeout,
    /// The response was cut off.
    ResponseIncomplete,
    /// The response is larger than any response of this endpoint can be.
    ResponseTooLarge,
    /// The response is not HTTP.
    ProtocolError,
    /// The certificate is not trusted: unknown issuer, another name, expired.
    TlsCertificateError,
    /// The TLS handshake failed for another reason than the certificate.
    TlsProtocolError,
    /// The name could not be resolved, or the connection failed for another reason.
    ConnectFailed,
    /// The response does not conform to the contract.
    MalformedBody,
    /// The response is a redirect, which is not followed.
    Redirected,
    /// The address is blocked.
    DestinationProhibited,
    /// The other side failed (5xx).
    ServerError,
    /// The other side limits this caller (429). Says nothing about its health; overload is a 503.
    Throttled,
    /// This process was too busy to read the response. Says nothing about the other side.
    LocalSaturation,
    /// The other side rejects our credentials or our request: an error of this installation.
    Misconfigured,
}

impl FailureKind {
    /// Name in logs, metrics and status pages.
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

    /// `true` for timeouts.
    pub const fn is_timeout(self) -> bool {
        matches!(self, Self::ConnectionTimeout | Self::ConnectionReadTimeout | Self::ResponseTimeout)
    }

    /// `true` when there was no connection, so that nothing of the request was sent.
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

    /// Classifies an error of reqwest. The order matters: a stalled body is a decode error too, so timeouts come first;
    /// the io error in the chain is more specific than reqwest's own classes.
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

/// Failure reported by TLS.
fn tls_failure(error: &reqwest::Error) -> Option<FailureKind> {
    causes(error).find_map(tls_error).map(|error| match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            FailureKind::TlsCertificateError
        }
        _ => FailureKind::TlsProtocolError,
    })
}

/// TLS error in a cause: io errors do not expose their inner error as source.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let inner = || tls_error(cause.downcast_ref::<io::Error>()?.get_ref()?);
    cause.downcast_ref::<rustls::Error>().or_else(inner)
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

fn has_text(error: &reqwest::Error, text: &str) -> bool {
    causes(error).any(|cause| cause.to_string().contains(text))
}

/// Failure of a call.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The other side rejected the request; it is healthy.
    #[error("refused: {}", .0.code)]
    Refused(Box<Problem>),
    /// There is no usable response.
    #[error("{}", .0.as_str())]
    Failed(FailureKind),
    /// There is no usable response, and the other side asks to retry later (RFC 9110 §10.2.3).
    #[error("{}", .kind.as_str())]
    RetryAfter {
        /// [`FailureKind::Throttled`] (429) or [`FailureKind::ServerError`] (503).
        kind: FailureKind,
        /// Requested pause, as received.
        after: Duration,
    },
}

impl CallError {
    /// Kind of the failure; `None` for a rejection.
    pub const fn kind(&self) -> Option<FailureKind> {
        match self {
            Self::Refused(_) => None,
            Self::Failed(kind) | Self::RetryAfter { kind, .. } => Some(*kind),
        }
    }
}
