//! Refresh tokens, opaque to clients: `mqr_` and the base64url of session id (16) ‖ generation (4) ‖ secret (32) ‖ tag
//! (16).
//!
//! The tag proves that a token was issued here before SQL is queried, so that a guessed token cannot end a session. The
//! secret of a successor is derived from its predecessor: after a lost response the client retries and gets the same
//! successor, although only hashes are stored. A successor cannot be derived without the key of this installation.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::Secret;
use contracts::ids::SessionId;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// SHA-256 of a refresh token's secret.
pub type SecretHash = [u8; 32];

const PREFIX: &str = "mqr_";
const ID: usize = 16;
const GENERATION: usize = 4;
const SECRET: usize = 32;
const TAG: usize = 16;
/// Bytes before the tag.
const BODY: usize = ID + GENERATION + SECRET;
const WHOLE: usize = BODY + TAG;

/// A refresh token.
pub struct RefreshToken {
    session: SessionId,
    generation: u32,
    secret: TokenSecret,
}

#[derive(Zeroize, ZeroizeOnDrop)]
struct TokenSecret([u8; SECRET]);

impl RefreshToken {
    /// The session it belongs to.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Its position in the chain, from 0.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Its stored hash.
    pub fn hash(&self) -> SecretHash {
        let mut hash = SecretHash::default();
        hash.copy_from_slice(digest(&SHA256, &self.secret.0).as_ref());
        hash
    }

    fn body(&self) -> Zeroizing<[u8; BODY]> {
        let mut body = Zeroizing::new([0; BODY]);
        body[..ID].copy_from_slice(self.session.0.as_bytes());
        body[ID..ID + GENERATION].copy_from_slice(&self.generation.to_be_bytes());
        body[ID + GENERATION..].copy_from_slice(&self.secret.0);
        body
    }
}

/// Issues, parses and rotates refresh tokens.
pub struct RefreshTokens {
    key: hmac::Key,
}

impl RefreshTokens {
    /// Creates it with the key shared by all replicas of this installation.
    pub fn new(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The first token of a session. `None` when the system has no random bytes.
    pub fn first(&self, session: SessionId) -> Option<RefreshToken> {
        let mut secret = TokenSecret([0; SECRET]);
        aws_lc_rs::rand::fill(&mut secret.0).ok()?;
        Some(RefreshToken { session, generation: 0, secret })
    }

    /// The first token of a session, derived from a secret of the device: a response that was lost can be given again.
    pub fn first_from(&self, session: SessionId, secret: &Secret) -> RefreshToken {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(b"first");
        context.update(session.0.as_bytes());
        context.update(secret.expose().as_bytes());
        let mut derived = TokenSecret([0; SECRET]);
        derived.0.copy_from_slice(context.sign().as_ref());
        RefreshToken { session, generation: 0, secret: derived }
    }

    /// The successor of a token; deterministic. `None` after the last generation.
    pub fn next(&self, token: &RefreshToken) -> Option<RefreshToken> {
        let mut secret = TokenSecret([0; SECRET]);
        secret.0.copy_from_slice(self.mac(b"next", token).as_ref());
        Some(RefreshToken { session: token.session, generation: token.generation.checked_add(1)?, secret })
    }

    /// The token in its text form.
    pub fn write(&self, token: &RefreshToken) -> Secret {
        let mut whole = Zeroizing::new([0; WHOLE]);
        whole[..BODY].copy_from_slice(&*token.body());
        whole[BODY..].copy_from_slice(&self.mac(b"tag", token).as_ref()[..TAG]);
        let mut text = PREFIX.to_owned();
        URL_SAFE_NO_PAD.encode_string(*whole, &mut text);
        Secret::new(text)
    }

    /// Parses a token that was issued here; `None` for anything else. Each token has exactly one encoding.
    pub fn read(&self, text: &str) -> Option<RefreshToken> {
        let whole = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?);
        if whole.len() != WHOLE {
            return None;
        }
        let (body, tag) = whole.split_at(BODY);
        let (id, rest) = body.split_at(ID);
        let (generation, secret) = rest.split_at(GENERATION);
        let token = RefreshToken {
            session: SessionId(Uuid::from_slice(id).ok()?),
            generation: u32::from_be_bytes(generation.try_into().ok()?),
            secret: TokenSecret(secret.try_into().ok()?),
        };
        let expected = self.mac(b"tag", &token);
        bool::from(expected.as_ref()[..TAG].ct_eq(tag)).then_some(token)
    }

    fn mac(&self, purpose: &[u8], token: &RefreshToken) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(purpose);
        context.update(&*token.body());
        context.sign()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> RefreshTokens {
        RefreshTokens::new(b"a key of this installation, 256 bits")
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let tokens = tokens();
        let first = tokens.first(SessionId::new()).unwrap();
        let read = tokens.read(tokens.write(&first).expose()).unwrap();
        assert_eq!((read.session(), read.generation(), read.hash()), (first.session(), 0, first.hash()));
    }

    #[test]
    fn a_successor_is_always_the_same_and_never_its_predecessor() {
        let tokens = tokens();
        let first = tokens.first(SessionId::new()).unwrap();
        let (one, other) = (tokens.next(&first).unwrap(), tokens.next(&first).unwrap());
        assert!(tokens.write(&one) == tokens.write(&other));
        assert_eq!(one.generation(), 1);
        assert!(one.hash() != first.hash());
        assert!(RefreshTokens::new(b"another installation").next(&first).unwrap().hash() != one.hash());
    }

    #[test]
    fn a_token_that_was_cut_lengthened_or_changed_in_any_place_is_not_read() {
        let tokens = tokens();
        let text = tokens.write(&tokens.first(SessionId::new()).unwrap()).expose().to_owned();
        for length in 0..text.len() {
            assert!(tokens.read(&text[..length]).is_none(), "cut to {length}");
        }
        for extra in ["A", "=", "==", " ", "\n", "AAAA"] {
            assert!(tokens.read(&format!("{text}{extra}")).is_none(), "with {extra:?}");
        }
        for position in 0..text.len() {
            for bit in 0..7 {
                let mut bytes = text.clone().into_bytes();
                bytes[position] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(tokens.read(&changed).is_none(), "bit {bit} of position {position}");
            }
        }
    }
}
