//! Accounts and their passwords.

use chrono::NaiveDate;

use crate::NoContent;
use crate::auth::devices::{Device, DeviceKind};
use crate::auth::passwords::{
    ChangePassword, ChangePasswordRequest, ChangePasswordResponse, SetPassword, SetPasswordRequest,
};
use crate::auth::roles::SUBSCRIBER;
use crate::auth::users::{
    AccountEvent, AccountEventKind, DeleteMe, GetMe, GetMeResponse, ListAccountEvents, ListAccountEventsResponse,
    SignUp, SignUpRequest, SignUpResponse, UpdateMe, UpdateMeRequest, UpdateMeResponse, UserProfile,
};
use crate::examples::{Example, Examples, world};

/// Anna's TV.
pub(super) fn tv() -> Device {
    Device { kind: DeviceKind::Tv, name: "Living room TV".to_owned() }
}

/// Anna's account, with these roles.
pub(super) fn anna(roles: &[&str]) -> UserProfile {
    UserProfile {
        id: world::ANNA,
        email: Some(world::EMAIL.to_owned()),
        display_name: "Anna".to_owned(),
        birth_date: birth_date(),
        region: Some(world::REGION.to_owned()),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        created_at: world::at("2026-03-01T18:20:00Z"),
    }
}

fn birth_date() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1990, 5, 17)
}

impl Examples for SignUp {
    fn example() -> Example<Self> {
        Example::new("new_account", "Anna opens an account on her TV", SignUpResponse { user: anna(&[]) }).body(
            SignUpRequest {
                email: world::EMAIL.to_owned(),
                password: world::secret("password"),
                display_name: "Anna".to_owned(),
                birth_date: birth_date(),
                region: Some(world::REGION.to_owned()),
                device: tv(),
                captcha_token: Some(world::secret("captcha-pass")),
                captcha_device_token: Some(world::secret("captcha-device-token")),
            },
        )
    }
}

impl Examples for GetMe {
    fn example() -> Example<Self> {
        Example::new(
            "anna",
            "Anna's account",
            GetMeResponse { user: anna(&[SUBSCRIBER]), email_proved: true, email_change: None },
        )
    }
}

impl Examples for UpdateMe {
    fn example() -> Example<Self> {
        let user = UserProfile { display_name: "Anna Ivanova".to_owned(), ..anna(&[SUBSCRIBER]) };
        Example::new("new_name", "Anna changes her display name", UpdateMeResponse { user })
            .body(UpdateMeRequest { display_name: Some("Anna Ivanova".to_owned()), ..UpdateMeRequest::default() })
    }
}

impl Examples for DeleteMe {
    fn example() -> Example<Self> {
        Example::new("deleted", "Anna's account is deleted", NoContent {})
    }
}

impl Examples for ListAccountEvents {
    fn example() -> Example<Self> {
        let event = |at, kind, provider: Option<&str>| AccountEvent {
            at: world::at(at),
            kind,
            provider: provider.map(str::to_owned),
            address: Some(world::ADDRESS.to_owned()),
        };
        let items = vec![
            event("2026-03-20T20:15:00Z", AccountEventKind::SocialLinked, Some("google")),
            event("2026-03-05T07:40:00Z", AccountEventKind::PasswordChanged, None),
        ];
        Example::new("changes", "A changed password and a linked account", ListAccountEventsResponse { items })
    }
}

impl Examples for SetPassword {
    fn example() -> Example<Self> {
        Example::new("first_password", "An account of a social sign-in gets a password", NoContent {}).body(
            SetPasswordRequest {
                password: world::secret("password"),
                email: Some(world::EMAIL.to_owned()),
                device: tv(),
                captcha_token: None,
                captcha_device_token: Some(world::secret("captcha-device-token")),
            },
        )
    }
}

impl Examples for ChangePassword {
    fn example() -> Example<Self> {
        let output = ChangePasswordResponse { known_device: Some(world::secret("next-known-device")) };
        Example::new("new_password", "Anna replaces her password", output).body(ChangePasswordRequest {
            current_password: world::secret("password"),
            new_password: world::secret("new-password"),
            unlink_social_accounts: false,
            known_device: Some(world::secret("known-device")),
        })
    }
}
