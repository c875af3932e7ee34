//! Table of all pages.

use contracts::endpoint::{Auth, EndpointInfo, Method};
use service_kit::Routes;
use service_kit::server::pages::{ErrorPages, page};

use super::{assets, devices, errors, history, linked, overview, security, sign_in, sign_out, sign_up, social};

/// Overview; all other pages are below it.
pub const ACCOUNT: &str = "/account";
/// Sign-in.
pub const SIGN_IN: &str = "/account/sign-in";
/// Sign-up.
pub const SIGN_UP: &str = "/account/sign-up";
/// Password.
pub const SECURITY: &str = "/account/security";
/// Open sessions.
pub const DEVICES: &str = "/account/devices";
/// Sign-in history.
pub const HISTORY: &str = "/account/history";
/// Linked accounts.
pub const LINKED: &str = "/account/linked";

macro_rules! pages {
    ($($method:ident $id:literal $path:expr, $auth:ident => $handler:path;)*) => {
        /// All pages.
        pub const PAGES: &[EndpointInfo] = &[$(page($id, Method::$method, $path, Auth::$auth)),*];

        /// Mounts the pages beside the endpoints.
        #[must_use]
        pub fn mount(routes: Routes) -> Routes {
            let routes = routes.error_pages(ErrorPages { under: ACCOUNT, write: errors::write });
            routes$(.page(&page($id, Method::$method, $path, Auth::$auth), $handler))*
        }
    };
}

pages! {
    Get "show_account" ACCOUNT, Required => overview::show_account;
    Get "show_sign_in" SIGN_IN, Public => sign_in::show_sign_in;
    Post "page_sign_in" SIGN_IN, Public => sign_in::page_sign_in;
    Get "show_sign_up" SIGN_UP, Public => sign_up::show_sign_up;
    Post "page_sign_up" SIGN_UP, Public => sign_up::page_sign_up;
    Post "page_sign_out" "/account/sign-out", Required => sign_out::page_sign_out;
    Get "show_security" SECURITY, Required => security::show_security;
    Post "page_change_password" SECURITY, Required => security::page_change_password;
    Post "page_set_password" "/account/security/first", Required => security::page_set_password;
    Get "show_devices" DEVICES, Required => devices::show_devices;
    Post "page_end_session" "/account/devices/{session_id}/sign-out", Required => devices::page_end_session;
    Post "page_log_out_others" "/account/devices/sign-out-others", Required => devices::page_log_out_others;
    Get "show_history" HISTORY, Required => history::show_history;
    Get "show_linked" LINKED, Required => linked::show_linked;
    Post "page_unlink" "/account/social/{identity_id}/unlink", Required => linked::page_unlink;
    Post "page_link" "/account/social/{provider}/link", Required => social::page_link;
    Post "page_start" "/account/social/{provider}/start", Public => social::page_start;
    Get "page_finish" "/account/social/{provider}/callback", Public => social::page_finish;
    Get "get_page_asset" "/account/assets/{name}", Public => assets::get_page_asset;
}
