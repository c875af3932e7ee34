//! Wire forms that several endpoints share, and checks of free text that several bodies share.

use contracts::auth::sessions::Tokens;
use contracts::auth::sign_ins::SignInPlace;
use contracts::auth::users::UserProfile;
use service_kit::ApiError;

use crate::domain::{BirthDate, ClientLocation, DisplayName, Email, User};
use crate::flows::TokenPair;

/// An account as its owner sees it.
pub(super) fn profile(user: User, roles: Vec<String>) -> UserProfile {
    UserProfile {
        id: user.key.id,
        email: user.email.as_ref().map(Email::as_str).map(str::to_owned),
        display_name: user.display_name,
        birth_date: user.birth_date.map(BirthDate::day),
        region: user.region,
        roles,
        created_at: user.created_at,
    }
}

/// A pair of tokens in the words of RFC 6749 §5.1.
pub(super) fn tokens(pair: TokenPair) -> Tokens {
    Tokens {
        access_token: pair.access,
        token_type: "Bearer".into(),
        expires_in: pair.access_seconds,
        refresh_token: pair.refresh,
        refresh_expires_in: pair.refresh_seconds,
        session_id: pair.session_id,
    }
}

/// Where somebody was, as far as known.
pub(super) fn place(place: &ClientLocation) -> SignInPlace {
    SignInPlace {
        address: place.address.map(|address| address.to_string()),
        region: place.region.as_ref().map(ToString::to_string),
    }
}

/// The name of a person or a device, by one rule.
pub(super) fn display_name(pointer: &str, text: &str) -> Result<DisplayName, ApiError> {
    DisplayName::parse(text).map_err(|reason| ApiError::field(pointer, reason.to_string()))
}

/// The name of the account that somebody wants to get into, for the limits. What cannot be an address is counted as well, so
/// that it looks like one that nobody has.
pub(crate) fn account_named(typed: &str, email: Option<&Email>) -> String {
    email.map_or_else(|| typed.trim().to_lowercase(), |email| email.as_str().to_owned())
}
