//! E-mail page: the address, its proof, and a change of it.

use account_storage::PendingEmailChange;
use accounts::Email;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use service_kit::ApiError;

use crate::page_table::EMAIL;
use crate::pages::browser_session::BrowserSession;
use crate::pages::layout::{Layout, Page};
use crate::pages::page_context::PageContext;
use crate::pages::texts::AddressTexts;
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
    has_password: bool,
    pending: Option<Pending>,
    typed_email: String,
    wrong: Wrong,
}

/// A pending change, as shown.
struct Pending {
    email: String,
    due: Option<FormattedTime>,
    /// `true` when another account claims the address, so that a box must be ticked to take it.
    claimed: bool,
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
    show(&state, page, &browser, (StatusCode::OK, ""), Wrong::default()).await
}

/// The page with the errors of its forms.
pub(super) async fn show(
    state: &AppState,
    page: PageContext,
    browser: &BrowserSession,
    (status, typed_email): (StatusCode, &str),
    wrong: Wrong,
) -> Result<HttpResponse, ApiError> {
    let user = &browser.current.user;
    let login = match &user.email {
        Some(email) => state.store.find_login(email).await?,
        None => None,
    };
    let shell = Layout::signed(&if status == StatusCode::OK { page } else { page.at(EMAIL) }, browser);
    let (a, t) = (AddressTexts::of(shell.t.language), shell.t);
    let zone = browser.time_zone;
    let pending = state.addresses.pending_change(browser.key().id).await?;
    let pending = pending.map(|PendingEmailChange { to, due_at }| Pending {
        email: to.as_str().to_owned(),
        due: due_at.map(|at| zone.format(t, at)),
        claimed: wrong.claimed,
    });
    let template = EmailPage {
        a,
        email: user.email.as_ref().map_or("", Email::as_str).to_owned(),
        proved: login.is_some_and(|login| login.user.id == user.key.id && !login.is_claim()),
        has_password: user.password_hash.is_some() && user.email.is_some(),
        pending,
        typed_email: typed_email.to_owned(),
        wrong,
        shell,
    };
    template.respond(status)
}
