//! The authorization code: sealed, so that nothing is stored before it is used.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use contracts::ids::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use service_kit::Sealer;
use uuid::Uuid;

use crate::pkce::CodeChallenge;

/// Lifetime of a code; RFC 6749 §4.1.2 recommends at most ten minutes.
pub const CODE_LIFETIME: TimeDelta = TimeDelta::seconds(60);

/// Contents of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeClaims {
    /// Its id, by which its use is recorded.
    pub id: Uuid,
    /// The client that it was issued to.
    pub client_id: String,
    /// Its name in the language of the user.
    pub app: String,
    /// The redirect URI that it was sent to.
    pub redirect_uri: String,
    /// The verifier's hash.
    pub challenge: CodeChallenge,
    /// The user who signed in.
    pub user: UserId,
    /// Session of the browser.
    pub session: SessionId,
    /// Time of that sign-in.
    pub auth_time: DateTime<Utc>,
    /// Address of the browser, if known.
    pub address: Option<IpAddr>,
    /// Region of that address, if known.
    pub region: Option<String>,
    /// Scopes.
    pub scope: Option<String>,
    /// The resource that was asked for.
    pub resource: Option<String>,
    /// Value that the ID token repeats.
    pub nonce: Option<String>,
    /// Its end.
    pub expires_at: DateTime<Utc>,
}

/// Seals and opens codes.
pub struct CodeSealer(Sealer);

impl CodeSealer {
    /// Derives the key from the secret that all replicas share.
    pub fn new(secret: &[u8]) -> Self {
        Self(Sealer::new(secret, "sealed authorization code"))
    }

    /// The code; `None` when the system has no random bytes.
    pub fn seal(&self, claims: &CodeClaims) -> Option<Secret> {
        self.0.seal(claims)
    }

    /// Contents of a code, whether it has expired or not; `None` for anything that was not sealed here.
    pub fn open(&self, code: &Secret) -> Option<CodeClaims> {
        self.0.open(code.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(at: DateTime<Utc>) -> CodeClaims {
        CodeClaims {
            id: Uuid::now_v7(),
            client_id: "web".into(),
            app: "Films".into(),
            redirect_uri: "https://app.example.org/back".into(),
            challenge: CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap(),
            user: UserId(Uuid::now_v7()),
            session: SessionId::new(),
            auth_time: at,
            address: Some("192.0.2.1".parse().unwrap()),
            region: None,
            scope: Some("openid".into()),
            resource: None,
            nonce: Some("n".into()),
            expires_at: at + CODE_LIFETIME,
        }
    }

    #[test]
    fn a_code_opens_here_alone_and_as_it_was_made() {
        let (codes, now) =
            (CodeSealer::new(b"a key of this installation, 256 bits"), "2026-11-30T12:00:00Z".parse().unwrap());
        let claims = claims(now);
        let code = codes.seal(&claims).unwrap();
        assert_eq!(codes.open(&code), Some(claims));
        assert_eq!(CodeSealer::new(b"another").open(&code), None);
        assert_eq!(codes.open(&Secret::new(&code.expose()[1..])), None);
    }
}
