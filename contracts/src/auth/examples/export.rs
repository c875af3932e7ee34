//! The export of an account.

use super::accounts::{anna, tv};
use super::sessions::home;
use super::social::linked;
use crate::auth::devices::DeviceKind;
use crate::auth::export::{
    ExportMe, ExportMeResponse, ExportedAct, ExportedLogin, ExportedSession, ExportedSocialAccount,
};
use crate::auth::roles::SUBSCRIBER;
use crate::auth::sign_ins::{SignIn, SignInMethod, SignInOutcome};
use crate::auth::users::{AccountEvent, AccountEventKind};
use crate::examples::{Example, Examples, world};

impl Examples for ExportMe {
    fn example() -> Example<Self> {
        let session = ExportedSession {
            id: world::TV_SESSION,
            device: tv(),
            created_at: world::at("2026-03-01T18:25:00Z"),
            last_used_at: world::at("2026-03-20T20:10:00Z"),
            expires_at: world::at("2026-04-19T20:10:00Z"),
            ended_at: None,
        };
        let sign_in = SignIn {
            at: world::at("2026-03-01T18:25:00Z"),
            device: DeviceKind::Tv,
            method: SignInMethod::Password,
            outcome: SignInOutcome::Success,
            place: home(),
            session_id: Some(world::TV_SESSION),
        };
        let exported = AccountEvent {
            at: world::at("2026-03-20T20:30:00Z"),
            kind: AccountEventKind::DataExported,
            provider: None,
            address: Some(world::ADDRESS.to_owned()),
        };
        let social_account = ExportedSocialAccount { account: linked(), subject: "110169484474386276334".to_owned() };
        let act = ExportedAct {
            at: world::at("2026-03-10T09:00:00Z"),
            action: "unlock_user".to_owned(),
            outcome: "done".to_owned(),
        };
        let output = ExportMeResponse {
            exported_at: world::at("2026-03-20T20:30:00Z"),
            user: anna(&[SUBSCRIBER]),
            has_password: true,
            logins: vec![ExportedLogin {
                login: world::EMAIL.to_owned(),
                proved_at: Some(world::at("2026-03-01T18:22:00Z")),
            }],
            email_change: None,
            social_accounts: vec![social_account],
            sessions: vec![session],
            sign_ins: vec![sign_in],
            sign_ins_complete: true,
            events: vec![exported],
            operator_acts: vec![act],
        };
        Example::new("everything", "Everything that is stored about Anna", output)
    }
}
