//! Sessions and the history of sign-ins.

use super::accounts::{anna, tv};
use crate::auth::devices::{Device, DeviceKind};
use crate::auth::roles::SUBSCRIBER;
use crate::auth::sessions::{
    EndSession, ListSessions, ListSessionsResponse, LogIn, LogInRequest, LogInResponse, LogOut, LogOutOthers,
    RefreshSession, RefreshSessionRequest, RefreshSessionResponse, Session, SessionPath, Tokens,
};
use crate::auth::sign_ins::{
    ListSignIns, ListSignInsQuery, ListSignInsResponse, SignIn, SignInMethod, SignInOutcome, SignInPlace,
};
use crate::examples::{Example, Examples, world};
use crate::{NoContent, PageSize};

/// Tokens of the session on the TV.
pub(super) fn tokens() -> Tokens {
    Tokens {
        access_token: world::secret("access-token"),
        token_type: "Bearer".to_owned(),
        expires_in: 900,
        refresh_token: world::secret("refresh-token"),
        refresh_expires_in: 5_184_000,
        session_id: world::TV_SESSION,
    }
}

pub(super) fn home() -> SignInPlace {
    SignInPlace { address: Some(world::ADDRESS.to_owned()), region: Some(world::REGION.to_owned()) }
}

impl Examples for LogIn {
    fn example() -> Example<Self> {
        let user = anna(&[SUBSCRIBER]);
        let output = LogInResponse { user, tokens: tokens(), known_device: Some(world::secret("known-device")) };
        Example::new("on_the_tv", "Anna signs in on her TV", output).body(LogInRequest {
            email: world::EMAIL.to_owned(),
            password: world::secret("password"),
            device: tv(),
            captcha_token: None,
            captcha_device_token: None,
            known_device: None,
        })
    }

    fn more() -> Vec<Example<Self>> {
        let output = LogInResponse {
            user: anna(&[SUBSCRIBER]),
            tokens: tokens(),
            known_device: Some(world::secret("known-device")),
        };
        let again =
            Example::new("with_a_pass", "The same after 403 `auth.captcha_required`", output).body(LogInRequest {
                email: world::EMAIL.to_owned(),
                password: world::secret("password"),
                device: tv(),
                captcha_token: Some(world::secret("captcha-pass")),
                captcha_device_token: Some(world::secret("captcha-device-token")),
                known_device: None,
            });
        vec![again]
    }
}

impl Examples for RefreshSession {
    fn example() -> Example<Self> {
        Example::new("next_tokens", "The next pair of tokens", RefreshSessionResponse { tokens: tokens() })
            .body(RefreshSessionRequest { refresh_token: world::secret("previous-refresh-token") })
    }
}

impl Examples for LogOut {
    fn example() -> Example<Self> {
        Example::new("ended", "The session has ended", NoContent {})
    }
}

impl Examples for ListSessions {
    fn example() -> Example<Self> {
        let session = |id, device, current| Session {
            id,
            device,
            created_at: world::at("2026-03-01T18:25:00Z"),
            last_used_at: world::at("2026-03-20T20:10:00Z"),
            current,
            place: home(),
        };
        let phone = Device { kind: DeviceKind::Phone, name: "Anna's phone".to_owned() };
        let items = vec![session(world::TV_SESSION, tv(), true), session(world::PHONE_SESSION, phone, false)];
        Example::new("two_devices", "A TV and a phone", ListSessionsResponse { items })
    }
}

impl Examples for EndSession {
    fn example() -> Example<Self> {
        Example::new("phone", "The session on the phone has ended", NoContent {})
            .path(SessionPath { session_id: world::PHONE_SESSION })
    }
}

impl Examples for LogOutOthers {
    fn example() -> Example<Self> {
        Example::new("others_ended", "The session on the phone has ended, that on the TV goes on", NoContent {})
    }
}

impl Examples for ListSignIns {
    fn example() -> Example<Self> {
        let sign_in = |at, outcome, session_id| SignIn {
            at: world::at(at),
            device: DeviceKind::Tv,
            method: SignInMethod::Password,
            outcome,
            place: home(),
            session_id,
        };
        let items = vec![
            sign_in("2026-03-01T18:25:00Z", SignInOutcome::Success, Some(world::TV_SESSION)),
            sign_in("2026-03-01T18:24:00Z", SignInOutcome::WrongPassword, None),
        ];
        Example::new("march", "The sign-ins of a month", ListSignInsResponse { items, next_cursor: None }).query(
            ListSignInsQuery {
                since: Some(world::at("2026-03-01T00:00:00Z")),
                until: Some(world::at("2026-04-01T00:00:00Z")),
                page_size: PageSize(20),
                cursor: None,
            },
        )
    }
}
