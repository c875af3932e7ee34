//! auth-service: accounts, sessions, roles, and the endpoints that other services rely on.

pub mod devices;
pub mod oauth;
pub mod passwords;
pub mod roles;
pub mod sessions;
pub mod sign_ins;
pub mod social;
pub mod status;
pub mod users;

use crate::endpoint::EndpointInfo;

/// Every endpoint of auth-service.
pub const ENDPOINTS: &[EndpointInfo] = &[
    EndpointInfo::of::<users::SignUp>(),
    EndpointInfo::of::<users::GetMe>(),
    EndpointInfo::of::<users::UpdateMe>(),
    EndpointInfo::of::<users::DeleteMe>(),
    EndpointInfo::of::<users::ListAccountEvents>(),
    EndpointInfo::of::<sign_ins::ListSignIns>(),
    EndpointInfo::of::<social::ListProviders>(),
    EndpointInfo::of::<social::StartSocialLogin>(),
    EndpointInfo::of::<social::FinishSocialLogin>(),
    EndpointInfo::of::<social::ListSocialAccounts>(),
    EndpointInfo::of::<social::StartSocialLink>(),
    EndpointInfo::of::<social::FinishSocialLink>(),
    EndpointInfo::of::<social::UnlinkSocialAccount>(),
    EndpointInfo::of::<passwords::SetPassword>(),
    EndpointInfo::of::<sessions::LogIn>(),
    EndpointInfo::of::<sessions::RefreshSession>(),
    EndpointInfo::of::<sessions::LogOut>(),
    EndpointInfo::of::<sessions::ListSessions>(),
    EndpointInfo::of::<sessions::EndSession>(),
    EndpointInfo::of::<sessions::LogOutOthers>(),
    EndpointInfo::of::<passwords::ChangePassword>(),
    EndpointInfo::of::<roles::AssignRole>(),
    EndpointInfo::of::<roles::RevokeRole>(),
    EndpointInfo::of::<oauth::Introspect>(),
    EndpointInfo::of::<oauth::GetJwks>(),
    EndpointInfo::of::<oauth::GetServerMetadata>(),
    EndpointInfo::of::<status::GetAuthStatus>(),
];
