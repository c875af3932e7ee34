//! Conversions to wire types, and checks of free text, shared by endpoints.

use contracts::Secret;
use contracts::auth::oauth::GrantTokensResponse;
use contracts::auth::sessions::Tokens;
use contracts::auth::sign_ins::SignInPlace;
use contracts::auth::users::UserProfile;
use service_kit::ApiError;

use account_flows::{ClientToken, TokenPair};
use accounts::{BirthDate, ClientLocation, DisplayName, Email, EmailPolicy, NewPassword, Password, User};

/// Account, as its owner sees it.
pub(super) fn profile(user: User, roles: Vec<String>) -> UserProfile {
    UserProfile {
        id: user.key.id,
        email: user.email.map(|email| email.to_unicode().into_owned()),
        display_name: user.display_name,
        birth_date: user.birth_date.map(BirthDate::day),
        region: user.region,
        roles,
        created_at: user.created_at,
    }
}

/// Token pair, with the names of RFC 6749 §5.1.
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

/// Token of a client itself.
pub(super) fn client_token(token: ClientToken) -> GrantTokensResponse {
    GrantTokensResponse {
        access_token: token.access,
        token_type: "Bearer".into(),
        expires_in: token.access_seconds,
        refresh_token: None,
        refresh_expires_in: None,
        session_id: None,
        id_token: None,
        scope: None,
    }
}

/// Location, as far as known.
pub(super) fn sign_in_place(location: &ClientLocation) -> SignInPlace {
    SignInPlace {
        address: location.address.map(|address| address.to_string()),
        region: location.region.as_ref().map(ToString::to_string),
    }
}

/// Validates the name of a user or a device.
pub(super) fn display_name(pointer: &str, text: &str) -> Result<DisplayName, ApiError> {
    DisplayName::parse(text).map_err(|reason| ApiError::field(pointer, reason.to_string()))
}

/// Validates an e-mail that may be a login.
pub(super) fn email(pointer: &str, text: &str) -> Result<Email, ApiError> {
    Email::parse(text).map_err(|reason| ApiError::field(pointer, reason.to_string()))
}

/// Validates an e-mail that is to become a login.
pub(super) fn new_email(policy: EmailPolicy, pointer: &str, text: &str) -> Result<Email, ApiError> {
    policy.parse(text).map_err(|reason| ApiError::field(pointer, reason.to_string()))
}

/// Validates a presented password; the contract has checked its length.
pub(super) fn password(pointer: &str, text: Secret) -> Result<Password, ApiError> {
    Password::parse(text).map_err(|reason| ApiError::field(pointer, reason.to_string()))
}

/// Validates a password to be set; the contract has checked its length.
pub(super) fn new_password(pointer: &str, text: Secret) -> Result<NewPassword, ApiError> {
    NewPassword::parse(text).map_err(|reason| ApiError::field(pointer, reason.to_string()))
}
