//! What operators call: Anna has lost her TV, and somebody else has claimed her e-mail before.

use uuid::Uuid;

use super::accounts::{anna, tv};
use crate::NoContent;
use crate::auth::administration::{
    ActRequest, CorrectBirthDate, CorrectBirthDateRequest, DeleteUser, DisableUser, EnableUser, EndUserSessions,
    FindUsers, FindUsersQuery, FindUsersResponse, FoundUser, FreeEmail, GetUser, GetUserQuery, GetUserResponse,
    ManagedUser, ProveEmail, UnlockUser, UserPath, UserStatus,
};
use crate::auth::audit::{
    AuditChannel, AuditEvent, ListAuditEvents, ListAuditEventsQuery, ListAuditEventsResponse, Reason,
};
use crate::auth::roles::SUBSCRIBER;
use crate::auth::sessions::Session;
use crate::auth::sign_ins::SignInPlace;
use crate::examples::{Example, Examples, world};
use crate::paging::PageSize;

fn reason() -> Reason {
    Reason("ticket 4217: her TV was stolen".to_owned())
}

fn account() -> UserPath {
    UserPath { user_id: world::ANNA }
}

fn act() -> ActRequest {
    ActRequest { reason: reason() }
}

impl Examples for FindUsers {
    fn example() -> Example<Self> {
        let user = anna(&[]);
        let found = FoundUser {
            id: user.id,
            email: user.email,
            display_name: user.display_name,
            status: UserStatus::Active,
            created_at: user.created_at,
        };
        Example::new("by_email", "Anna, by her address", FindUsersResponse { items: vec![found], next_cursor: None })
            .query(FindUsersQuery {
                reason: Some(reason()),
                email: Some(world::EMAIL.to_owned()),
                role: None,
                page_size: PageSize::default(),
                cursor: None,
            })
    }

    fn more() -> Vec<Example<Self>> {
        let query = FindUsersQuery {
            reason: Some(reason()),
            email: None,
            role: Some(SUBSCRIBER.to_owned()),
            page_size: PageSize::default(),
            cursor: None,
        };
        let none = FindUsersResponse { items: Vec::new(), next_cursor: None };
        vec![Example::new("by_role", "A role without holders", none).query(query)]
    }
}

impl Examples for GetUser {
    fn example() -> Example<Self> {
        let user = anna(&[SUBSCRIBER]);
        let place = SignInPlace { address: Some(world::ADDRESS.to_owned()), region: Some(world::REGION.to_owned()) };
        let session = Session {
            id: world::TV_SESSION,
            device: tv(),
            created_at: world::at("2026-03-01T18:21:00Z"),
            last_used_at: world::at("2026-03-20T19:58:00Z"),
            current: false,
            place,
        };
        let output = GetUserResponse {
            user: ManagedUser {
                id: user.id,
                email: user.email,
                email_proved: true,
                display_name: user.display_name,
                birth_date: user.birth_date,
                region: user.region,
                roles: user.roles,
                status: UserStatus::Active,
                has_password: true,
                created_at: user.created_at,
            },
            sessions: vec![session],
            social_accounts: Vec::new(),
            events: Vec::new(),
            sign_ins: Vec::new(),
        };
        Example::new("anna", "Anna's account", output).path(account()).query(GetUserQuery { reason: Some(reason()) })
    }
}

macro_rules! acts {
    ($($endpoint:ident $name:literal $summary:literal;)*) => {
        $(
            impl Examples for $endpoint {
                fn example() -> Example<Self> {
                    Example::new($name, $summary, NoContent {}).path(account()).body(act())
                }
            }
        )*
    };
}

acts! {
    DisableUser "disabled" "Anna's account is disabled";
    EnableUser "enabled" "Anna's account is enabled again";
    UnlockUser "unlocked" "Anna may try her password again";
    EndUserSessions "ended" "All of Anna's devices are signed out";
    FreeEmail "freed" "The address is free again";
    ProveEmail "proved" "Anna has shown that the mailbox is hers";
    DeleteUser "deleted" "Anna's account is deleted";
}

impl Examples for CorrectBirthDate {
    fn example() -> Example<Self> {
        let body = CorrectBirthDateRequest { reason: reason(), birth_date: anna(&[]).birth_date };
        Example::new("corrected", "A mistyped year is corrected", NoContent {}).path(account()).body(body)
    }
}

impl Examples for ListAuditEvents {
    fn example() -> Example<Self> {
        let event = AuditEvent {
            id: Uuid::from_u128(0x0196_0000_0000_7000_8000_0000_0000_00e7),
            at: world::at("2026-03-20T20:15:00Z"),
            actor_id: Some(world::OPERATOR),
            actor_name: None,
            channel: AuditChannel::Api,
            action: "end_user_sessions".to_owned(),
            user_id: Some(world::ANNA),
            subject: None,
            reason: Some(reason().0),
            address: Some(world::ADDRESS.to_owned()),
            request_id: Some(world::REQUEST_ID.to_owned()),
            outcome: "done".to_owned(),
        };
        let output = ListAuditEventsResponse { items: vec![event], next_cursor: None };
        Example::new("about_anna", "Acts on Anna's account", output).query(ListAuditEventsQuery {
            reason: Some(Reason("yearly review".to_owned())),
            user_id: Some(world::ANNA),
            actor_id: None,
            page_size: PageSize::default(),
            cursor: None,
        })
    }
}
