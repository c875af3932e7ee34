//! E-mail page: the address, its proof, and a change of it.

use account_page_texts::AddressTexts;
use account_storage::PendingEmailChange;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use contracts::Secret;
use service_kit::ApiError;

use super::address_state::{AddressState, address_state};
use crate::page_table::EMAIL;
use crate::pages::browser_session::BrowserSession;
use crate::pages::layout::{Layout, Page};
use crate::pages::page_context::PageContext;
use crate::pages::times::FormattedTime;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "email.html")]
struct EmailPage {
    shell: Layout,
    a: &'static AddressTexts,
    /// The address; empty when there is none.
    email: String,
    proved: bool,
    /// Text instead of the address, when there is none.
    missing: &'static str,
    has_password: bool,
    pending: Option<Pending>,
    typed: Typed,
    wrong: Wrong,
}

/// A pending change, as shown.
struct Pending {
    email: String,
    due: Option<FormattedTime>,
    /// `true` when another account claims the address, so that a box must be ticked to take it.
    claimed: bool,
}

/// Submitted values that are shown again. Never the password.
#[derive(Default)]
pub(super) struct Typed {
    pub email: String,
    pub code: Secret,
    pub present_code: Secret,
}

/// Error of each field.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wrong {
    pub code: Option<&'static str>,
    pub email: Option<&'static str>,
    pub password: Option<&'static str>,
    pub change_code: Option<&'static str>,
    pub present_code: Option<&'static str>,
    /// Another account claims the new address.
    pub claimed: bool,
}

impl Wrong {
    fn any(self) -> bool {
        let fields = [self.code, self.email, self.password, self.change_code, self.present_code];
        self.claimed || fields.iter().any(Option::is_some)
    }
}

impl Page for EmailPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `GET /account/email`.
pub async fn show_email(
    state: web::Data<AppState>,
    page: PageContext,
    browser: BrowserSession,
) -> Result<HttpResponse, ApiError> {
    show(&state, page, &browser, (StatusCode::OK, Typed::default()), Wrong::default()).await
}

/// The page with the errors of its forms.
pub(super) async fn show(
    state: &AppState,
    page: PageContext,
    browser: &BrowserSession,
    (status, typed): (StatusCode, Typed),
    wrong: Wrong,
) -> Result<HttpResponse, ApiError> {
    let user = &browser.current.user;
    let standing = address_state(state, user).await?;
    let shell = Layout::signed(&if status == StatusCode::OK { page } else { page.at(EMAIL) }, browser);
    let (a, t) = (AddressTexts::of(shell.t.language), shell.t);
    let zone = browser.time_zone;
    let pending = state.addresses.pending_change(browser.key().id).await?;
    let pending = pending.map(|PendingEmailChange { to, due_at }| Pending {
        email: to.to_unicode().into_owned(),
        due: due_at.map(|at| zone.format(t, at)),
        claimed: wrong.claimed,
    });
    let template = EmailPage {
        a,
        email: user.email.as_ref().map(|email| email.to_unicode().into_owned()).unwrap_or_default(),
        proved: standing == AddressState::Proved,
        missing: if standing == AddressState::Lost { a.lost_email } else { a.no_email },
        has_password: user.password_hash.is_some() && user.email.is_some(),
        pending,
        typed,
        wrong,
        shell,
    };
    template.respond(status)
}
