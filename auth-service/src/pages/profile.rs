//! Profile: name, birth date, country; the time zone of the pages; a copy of all data.

use account_page_texts::{Texts, countries};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use service_kit::ApiError;

use super::browser_session::BrowserSession;
use super::flash_message::FlashMessage;
use super::form::{Fields, SignedForm};
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::times::{TimeZone, ZoneChoice, day};
use super::{cookies, reply};
use crate::endpoints::users::export_response;
use crate::extract::RequestLocation;
use crate::page_table::PROFILE;
use crate::state::AppState;
use account_flows::{UpdateAccount, UpdateAccountError};
use account_storage::UpdateUserError;
use accounts::{BirthDate, DisplayName, User};

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    shell: Layout,
    typed: Typed,
    wrong: Wrong,
    /// The birth date, once it is set.
    born: Option<String>,
    zones: Vec<ZoneChoice>,
    /// Value of the zone of these pages; empty when none was chosen.
    zone: String,
}

impl Page for ProfilePage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// Current or submitted values.
struct Typed {
    name: String,
    birth_date: String,
    region: String,
}

/// Error of each field.
#[derive(Default)]
struct Wrong {
    name: Option<&'static str>,
    birth_date: Option<&'static str>,
    region: Option<&'static str>,
}

impl Wrong {
    fn any(&self) -> bool {
        [self.name, self.birth_date, self.region].iter().any(Option::is_some)
    }
}

impl ProfilePage {
    fn new(state: &AppState, page: &PageContext, browser: &BrowserSession, typed: Typed, wrong: Wrong) -> Self {
        let shell = Layout::signed(page, browser);
        let born = browser.current.user.birth_date.map(|born| day(shell.t, BirthDate::day(born)));
        let zone = browser.chosen_zone.map(TimeZone::value).unwrap_or_default();
        Self { shell, typed, wrong, born, zones: TimeZone::choices(state.now()), zone }
    }
}

/// `GET /account/profile`.
pub async fn show_profile(
    state: web::Data<AppState>,
    page: PageContext,
    browser: BrowserSession,
) -> Result<HttpResponse, ApiError> {
    let typed = current(Texts::of(page.language), &browser.current.user);
    ProfilePage::new(&state, &page, &browser, typed, Wrong::default()).respond(StatusCode::OK)
}

/// `POST /account/profile`.
pub async fn page_update_profile(
    state: web::Data<AppState>,
    page: PageContext,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let texts = Texts::of(page.language);
    let outcome = match parse(fields, texts, &browser.current.user) {
        Ok(change) => state.accounts.update(browser.key().id, change).await,
        Err(wrong) => return show_errors(&state, page, &form, StatusCode::UNPROCESSABLE_ENTITY, wrong),
    };
    let (status, message) = match outcome {
        Ok(_) => return Ok(reply::redirect(&FlashMessage::Saved.on(PROFILE), [])),
        Err(UpdateAccountError::BirthDate(_)) => (StatusCode::UNPROCESSABLE_ENTITY, texts.wrong_birth_date),
        Err(UpdateAccountError::Update(UpdateUserError::BirthDateGiven)) => (StatusCode::CONFLICT, texts.birth_given),
        Err(error) => return Err(error.into()),
    };
    let wrong = Wrong { birth_date: Some(message), ..Wrong::default() };
    show_errors(&state, page, &form, status, wrong)
}

/// `POST /account/zone`: keeps the time zone in this browser.
pub async fn page_choose_zone(form: SignedForm) -> HttpResponse {
    let zone = TimeZone::parse(form.fields.text("zone"));
    reply::redirect(&FlashMessage::ZoneChosen.on(PROFILE), [cookies::remember_zone(zone)])
}

/// `POST /account/export`: a copy of all data as a file.
pub async fn page_export(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let browser = &form.browser;
    let export = state.accounts.export(browser.key(), browser.session, &page.client_context(location.0)).await?;
    let text = serde_json::to_vec_pretty(&export_response(export)).map_err(ApiError::internal)?;
    let mut response = reply::builder(StatusCode::OK, []);
    response.insert_header((CONTENT_TYPE, "application/json"));
    response.insert_header((CONTENT_DISPOSITION, "attachment; filename=\"marquee-account.json\""));
    Ok(response.body(text))
}

/// The form again, with its errors.
fn show_errors(
    state: &AppState,
    page: PageContext,
    form: &SignedForm,
    status: StatusCode,
    wrong: Wrong,
) -> Result<HttpResponse, ApiError> {
    let [name, birth_date, region] = ["name", "birth_date", "region"].map(|name| form.fields.text(name).to_owned());
    let typed = Typed { name, birth_date, region };
    ProfilePage::new(state, &page.at(PROFILE), &form.browser, typed, wrong).respond(status)
}

fn current(texts: &Texts, user: &User) -> Typed {
    Typed {
        name: user.display_name.clone(),
        birth_date: String::new(),
        region: user.region.as_deref().map(|code| texts.region_name(code)).unwrap_or_default(),
    }
}

/// The changes, or the errors of all fields. A region that was not touched stays, also one that is a part of a country.
fn parse(fields: &Fields, texts: &Texts, user: &User) -> Result<UpdateAccount, Wrong> {
    let [name, birth_date, region] = ["name", "birth_date", "region"].map(|name| fields.text(name).trim());
    let untouched = region == current(texts, user).region;
    let region = if untouched { Some(None) } else { countries::parse(region).map(Some) };
    let day = if birth_date.is_empty() { Some(None) } else { birth_date.parse::<NaiveDate>().ok().map(Some) };
    let name = DisplayName::parse(name);
    let wrong = Wrong {
        name: name.is_err().then_some(texts.wrong_name),
        birth_date: day.is_none().then_some(texts.wrong_birth_date),
        region: region.is_none().then_some(texts.wrong_region),
    };
    match (name, day, region) {
        (Ok(name), Some(birth_date), Some(region)) => {
            Ok(UpdateAccount { display_name: Some(name), birth_date, region })
        }
        _ => Err(wrong),
    }
}
