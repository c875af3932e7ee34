//! Table of the account pages: method, path and id of each. The default limits count by these ids; `pages` mounts the
//! handlers.

use contracts::endpoint::{Auth, EndpointInfo, Method};
use service_kit::server::pages::page;

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
/// Name, birth date, country, time zone, a copy of all data.
pub const PROFILE: &str = "/account/profile";
/// Deletion of the account.
pub const DELETION: &str = "/account/delete";
/// E-mail address.
pub const EMAIL: &str = "/account/email";
/// Undo of a change of address, by a link.
pub const UNDO_EMAIL: &str = "/account/email/undo";
/// Freeing of an address that somebody typed, by a link.
pub const NOT_ME: &str = "/account/not-me";
/// Forgotten password.
pub const FORGOTTEN: &str = "/account/forgotten";
/// New password by a link.
pub const RESET_LINK: &str = "/account/reset/new";
/// Linked accounts.
pub const LINKED: &str = "/account/linked";

/// Code of a device, short enough to be typed: leads to the page below the account.
pub const SHORT_ACTIVATION: &str = "/activate";
/// Code of a device.
pub const ACTIVATION: &str = "/account/activate";

/// Where apps send browsers (RFC 6749 §3.1): leads to the page below the account.
pub const AUTHORIZE: &str = "/oauth2/authorize";
/// Sign-in for an app.
pub const AUTHORIZATION: &str = "/account/authorize";

/// Start page of operators.
pub const ADMIN: &str = "/account/admin";

macro_rules! pages {
    ($($name:ident = $method:ident $id:literal $path:expr, $auth:ident;)*) => {
        $(
            #[doc = concat!("Page `", $id, "`.")]
            pub const $name: EndpointInfo = page($id, Method::$method, $path, Auth::$auth);
        )*

        /// All pages, in the order in which they are mounted.
        pub const PAGES: &[EndpointInfo] = &[$($name),*];
    };
}

pages! {
    SHOW_ACCOUNT = Get "show_account" ACCOUNT, Required;
    SHOW_SIGN_IN = Get "show_sign_in" SIGN_IN, Public;
    PAGE_SIGN_IN = Post "page_sign_in" SIGN_IN, Public;
    SHOW_SIGN_UP = Get "show_sign_up" SIGN_UP, Public;
    PAGE_SIGN_UP = Post "page_sign_up" SIGN_UP, Public;
    PAGE_SIGN_OUT = Post "page_sign_out" "/account/sign-out", Required;
    SHOW_SECURITY = Get "show_security" SECURITY, Required;
    PAGE_CHANGE_PASSWORD = Post "page_change_password" SECURITY, Required;
    PAGE_SET_PASSWORD = Post "page_set_password" "/account/security/first", Required;
    SHOW_DEVICES = Get "show_devices" DEVICES, Required;
    PAGE_END_SESSION = Post "page_end_session" "/account/devices/{session_id}/sign-out", Required;
    PAGE_LOG_OUT_OTHERS = Post "page_log_out_others" "/account/devices/sign-out-others", Required;
    SHOW_FORGOTTEN = Get "show_forgotten" FORGOTTEN, Public;
    PAGE_REQUEST_RESET = Post "page_request_reset" FORGOTTEN, Public;
    SHOW_RESET = Get "show_reset" RESET_LINK, Public;
    PAGE_RESET_PASSWORD = Post "page_reset_password" "/account/reset", Public;
    SHOW_EMAIL = Get "show_email" EMAIL, Required;
    PAGE_REQUEST_PROOF = Post "page_request_proof" "/account/email/proof", Required;
    SHOW_CONFIRM_EMAIL = Get "show_confirm_email" "/account/email/confirm", Public;
    PAGE_CONFIRM_EMAIL = Post "page_confirm_email" "/account/email/confirm", Required;
    PAGE_CONFIRM_LINK = Post "page_confirm_link" "/account/email/confirm-link", Required;
    PAGE_CHANGE_EMAIL = Post "page_change_email" "/account/email/change", Required;
    PAGE_CONFIRM_CHANGE = Post "page_confirm_change" "/account/email/change/confirm", Required;
    PAGE_CANCEL_CHANGE = Post "page_cancel_change" "/account/email/change/cancel", Required;
    SHOW_UNDO_EMAIL = Get "show_undo_email" UNDO_EMAIL, Public;
    PAGE_UNDO_EMAIL = Post "page_undo_email" UNDO_EMAIL, Public;
    SHOW_NOT_ME = Get "show_not_me" NOT_ME, Public;
    PAGE_NOT_ME = Post "page_not_me" NOT_ME, Public;
    SHOW_HISTORY = Get "show_history" HISTORY, Required;
    SHOW_PROFILE = Get "show_profile" PROFILE, Required;
    PAGE_UPDATE_PROFILE = Post "page_update_profile" PROFILE, Required;
    PAGE_CHOOSE_ZONE = Post "page_choose_zone" "/account/zone", Required;
    PAGE_EXPORT = Post "page_export" "/account/export", Required;
    SHOW_DELETION = Get "show_deletion" DELETION, Required;
    PAGE_DELETE = Post "page_delete" DELETION, Required;
    SHOW_LINKED = Get "show_linked" LINKED, Required;
    PAGE_UNLINK = Post "page_unlink" "/account/social/{identity_id}/unlink", Required;
    PAGE_LINK = Post "page_link" "/account/social/{provider}/link", Required;
    PAGE_START = Post "page_start" "/account/social/{provider}/start", Public;
    PAGE_FINISH = Get "page_finish" "/account/social/{provider}/callback", Public;
    REDIRECT_ACTIVATION = Get "redirect_activation" SHORT_ACTIVATION, Public;
    SHOW_ACTIVATION = Get "show_activation" ACTIVATION, Public;
    PAGE_ENTER_DEVICE = Post "page_enter_device" ACTIVATION, Required;
    PAGE_DECIDE_DEVICE = Post "page_decide_device" "/account/activate/decision", Required;
    SHOW_AUTHORIZE = Get "show_authorize" AUTHORIZE, Public;
    REDIRECT_AUTHORIZE = Post "redirect_authorize" AUTHORIZE, Public;
    SHOW_AUTHORIZATION = Get "show_authorization" AUTHORIZATION, Public;
    PAGE_AUTHORIZE = Post "page_authorize" AUTHORIZATION, Required;
    SHOW_ADMIN = Get "show_admin" ADMIN, Required;
    PAGE_ADMIN_FIND = Post "page_admin_find" "/account/admin/find", Required;
    PAGE_ADMIN_ACT = Post "page_admin_act" "/account/admin/users/{user_id}/{act}", Required;
    PAGE_ADMIN_AUDIT = Post "page_admin_audit" "/account/admin/audit", Required;
    GET_PAGE_ASSET = Get "get_page_asset" "/account/assets/{name}", Public;
}
