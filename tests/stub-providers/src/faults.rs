//! What a stub can be told to do wrong.

/// A way not to answer. The way to say it is that of the real world: nothing here is an answer of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Another status, with a body of JSON.
    Status(u16),
    /// `{"error": …}` with status 200.
    ErrorIn200(&'static str),
    /// `{"error": …}` with status 400.
    Error(&'static str),
    /// This status with a web page, as firewalls have it.
    Refusal(u16),
    /// No answer at all.
    Hang,
    /// A byte a second.
    Slow,
    /// 100 MB without a length.
    Huge,
    /// 100 MB, and it says so.
    HugeAnnounced,
    /// 301 to the metadata service of a cloud.
    Redirect,
    /// A web page.
    NotJson,
    /// JSON in which nothing is.
    EmptyObject,
    /// An encrypted token.
    Encrypted,
}

/// A lie in an answer that looks as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// VK ID: the token answer has another `state`.
    State,
    /// VK ID: the token answer has no `state`.
    NoState,
    /// VK ID: the token is of another person than the profile.
    UserId,
    /// Yandex, Mail: the token was made for another application. OpenID Connect: so was signed userinfo.
    ClientId,
    /// OpenID Connect: userinfo is about another person.
    Subject,
    /// OpenID Connect: the ID token has no `nonce`.
    NoNonce,
    /// OpenID Connect: the ID token has the `nonce` of another sign-in.
    Nonce,
    /// OpenID Connect: the discovery document is of another issuer.
    Issuer,
}
