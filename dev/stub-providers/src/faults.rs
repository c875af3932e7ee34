//! Faults that a stub can inject.

/// A response that is none of a provider: errors, timeouts, floods and redirects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Another status, with a body of JSON.
    Status(u16),
    /// `{"error": …}` with status 200.
    ErrorIn200(&'static str),
    /// `{"error": …}` with status 400.
    Error(&'static str),
    /// This status with a web page, like that of a firewall.
    Refusal(u16),
    /// No response.
    Hang,
    /// One byte per second.
    Slow,
    /// 100 MB without `Content-Length`.
    Huge,
    /// 100 MB with `Content-Length`.
    HugeAnnounced,
    /// 301 to the metadata service of a cloud.
    Redirect,
    /// A web page.
    NotJson,
    /// An empty JSON object.
    EmptyObject,
    /// An encrypted token.
    Encrypted,
}

/// A wrong value in an otherwise valid response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// VK ID: the token answer has another `state`.
    State,
    /// VK ID: the token answer has no `state`.
    NoState,
    /// VK ID: the token belongs to another user than the profile.
    UserId,
    /// Yandex, Mail: the token was made for another application. OpenID Connect: so was signed userinfo.
    ClientId,
    /// OpenID Connect: userinfo has another subject.
    Subject,
    /// OpenID Connect: the ID token has no `nonce`.
    NoNonce,
    /// OpenID Connect: the ID token has the `nonce` of another sign-in.
    Nonce,
    /// OpenID Connect: the discovery document is of another issuer.
    Issuer,
}
