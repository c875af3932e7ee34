//! Handlers of all pages.

use actix_web::web;
use service_kit::Routes;
use service_kit::server::pages::ErrorPages;

use super::secrets::PageSecrets;
use super::{
    activation, addresses, admin, assets, authorization, deletion, devices, errors, history, linked, overview, profile,
    security, sign_in, sign_out, sign_up, social,
};
use crate::page_table as table;

/// Mounts the pages beside the endpoints. `secrets` seal their cookies and authenticate their forms.
#[must_use]
pub fn mount(routes: Routes, secrets: web::Data<PageSecrets>) -> Routes {
    routes
        .data(secrets)
        .error_pages(ErrorPages { under: table::ACCOUNT, write: errors::write })
        .page(&table::SHOW_ACCOUNT, overview::show_account)
        .page(&table::SHOW_SIGN_IN, sign_in::show_sign_in)
        .page(&table::PAGE_SIGN_IN, sign_in::page_sign_in)
        .page(&table::SHOW_SIGN_UP, sign_up::show_sign_up)
        .page(&table::PAGE_SIGN_UP, sign_up::page_sign_up)
        .page(&table::PAGE_SIGN_OUT, sign_out::page_sign_out)
        .page(&table::SHOW_SECURITY, security::show_security)
        .page(&table::PAGE_CHANGE_PASSWORD, security::page_change_password)
        .page(&table::PAGE_SET_PASSWORD, security::page_set_password)
        .page(&table::SHOW_DEVICES, devices::show_devices)
        .page(&table::PAGE_END_SESSION, devices::page_end_session)
        .page(&table::PAGE_LOG_OUT_OTHERS, devices::page_log_out_others)
        .page(&table::SHOW_FORGOTTEN, addresses::show_forgotten)
        .page(&table::PAGE_REQUEST_RESET, addresses::page_request_reset)
        .page(&table::SHOW_RESET, addresses::show_reset)
        .page(&table::PAGE_RESET_PASSWORD, addresses::page_reset_password)
        .page(&table::SHOW_EMAIL, addresses::show_email)
        .page(&table::PAGE_REQUEST_PROOF, addresses::page_request_proof)
        .page(&table::SHOW_CONFIRM_EMAIL, addresses::show_confirm_email)
        .page(&table::PAGE_CONFIRM_EMAIL, addresses::page_confirm_email)
        .page(&table::PAGE_CONFIRM_LINK, addresses::page_confirm_link)
        .page(&table::PAGE_CHANGE_EMAIL, addresses::page_change_email)
        .page(&table::PAGE_CONFIRM_CHANGE, addresses::page_confirm_change)
        .page(&table::PAGE_CANCEL_CHANGE, addresses::page_cancel_change)
        .page(&table::SHOW_UNDO_EMAIL, addresses::show_undo_email)
        .page(&table::PAGE_UNDO_EMAIL, addresses::page_undo_email)
        .page(&table::SHOW_NOT_ME, addresses::show_not_me)
        .page(&table::PAGE_NOT_ME, addresses::page_not_me)
        .page(&table::SHOW_HISTORY, history::show_history)
        .page(&table::SHOW_PROFILE, profile::show_profile)
        .page(&table::PAGE_UPDATE_PROFILE, profile::page_update_profile)
        .page(&table::PAGE_CHOOSE_ZONE, profile::page_choose_zone)
        .page(&table::PAGE_EXPORT, profile::page_export)
        .page(&table::SHOW_DELETION, deletion::show_deletion)
        .page(&table::PAGE_DELETE, deletion::page_delete)
        .page(&table::SHOW_LINKED, linked::show_linked)
        .page(&table::PAGE_UNLINK, linked::page_unlink)
        .page(&table::PAGE_LINK, social::page_link)
        .page(&table::PAGE_START, social::page_start)
        .page(&table::PAGE_FINISH, social::page_finish)
        .page(&table::REDIRECT_ACTIVATION, activation::redirect_activation)
        .page(&table::SHOW_ACTIVATION, activation::show_activation)
        .page(&table::PAGE_ENTER_DEVICE, activation::page_enter_device)
        .page(&table::PAGE_DECIDE_DEVICE, activation::page_decide_device)
        .page(&table::SHOW_AUTHORIZE, authorization::show_authorize)
        .page(&table::REDIRECT_AUTHORIZE, authorization::redirect_authorize)
        .page(&table::SHOW_AUTHORIZATION, authorization::show_authorization)
        .page(&table::PAGE_AUTHORIZE, authorization::page_authorize)
        .page(&table::SHOW_ADMIN, admin::show_admin)
        .page(&table::PAGE_ADMIN_FIND, admin::page_admin_find)
        .page(&table::PAGE_ADMIN_ACT, admin::page_admin_act)
        .page(&table::PAGE_ADMIN_AUDIT, admin::page_admin_audit)
        .page(&table::GET_PAGE_ASSET, assets::get_page_asset)
}
