//! `/account/profile`: name, birth date, country, time zone, download.

use serde_json::{Value, json};

use super::browser::{Browser, PageReply, assert_protected};
use crate::app::TestApp;

const PATH: &str = "/account/profile";
const SAVED: &str = "/account/profile?done=saved";

async fn with_user(app: &TestApp, more: Value) -> Browser<'_> {
    let user = app.user_with(more).await;
    Browser::signed_in(app, &user).await
}

/// `true` when the field of the country has this value.
fn shows_country(text: &str, name: &str) -> bool {
    text.contains(&format!("autocomplete=\"country-name\" value=\"{name}\""))
}

#[tokio::test]
async fn name_birth_date_and_country_are_set_in_one_form() {
    let app = TestApp::start().await;
    let mut browser = with_user(&app, json!({})).await;
    let fields = [("name", " <b>Анна</b> "), ("birth_date", "1990-05-17"), ("region", "Казахстан")];
    browser.fill(PATH, PATH, &fields).await.assert_goes_to(SAVED);
    let text = browser.get(SAVED).await.assert_page(200);
    assert!(text.contains("Saved.") && text.contains("&#60;b&#62;Анна&#60;/b&#62;"), "{text}");
    assert!(shows_country(&text, "Kazakhstan") && text.contains("17 May 1990"), "{text}");
    assert!(!text.contains("name=\"birth_date\""), "it can be set once: {text}");
    let overview = browser.get("/account").await.assert_page(200);
    assert!(overview.contains("<span class=\"person\"><bdi>") && overview.contains("Kazakhstan"), "{overview}");
}

#[tokio::test]
async fn all_249_countries_are_proposed_in_the_language_of_the_page_and_read_in_both() {
    let app = TestApp::start().await;
    let mut browser = with_user(&app, json!({})).await;
    let text = browser.get(PATH).await.assert_page(200);
    assert_eq!(
        text.matches("<option value=\"").count() - text.matches("UTC").count(),
        249 + 1,
        "and the automatic zone"
    );
    assert!(text.contains("<option value=\"Türkiye\">"), "{text}");
    for typed in ["Türkiye", "турция", "TR"] {
        browser.fill(PATH, PATH, &[("region", typed)]).await.assert_goes_to(SAVED);
        assert!(shows_country(&browser.get(PATH).await.assert_page(200), "Türkiye"), "{typed}");
        browser.fill(PATH, PATH, &[("region", "Chile")]).await.assert_goes_to(SAVED);
    }
}

#[tokio::test]
async fn a_region_inside_of_a_country_stays_until_another_one_is_typed() {
    let app = TestApp::start().await;
    let mut browser = with_user(&app, json!({"region": "RU-MOW"})).await;
    assert!(shows_country(&browser.get(PATH).await.assert_page(200), "Russia (RU-MOW)"));
    let fields = [("name", "Anna"), ("region", "Russia (RU-MOW)")];
    browser.fill(PATH, PATH, &fields).await.assert_goes_to(SAVED);
    assert!(shows_country(&browser.get(PATH).await.assert_page(200), "Russia (RU-MOW)"));
}

#[tokio::test]
async fn errors_are_shown_at_their_fields_and_nothing_is_changed() {
    let app = TestApp::start().await;
    let mut browser = with_user(&app, json!({"display_name": "Anna", "region": "KZ"})).await;
    let long = "x".repeat(65);
    for (field, value, id) in [
        ("name", long.as_str(), "name"),
        ("birth_date", "2999-01-01", "birth"),
        ("birth_date", "1990-02-30", "birth"),
        ("region", "Mars", "region"),
        ("region", "", "region"),
    ] {
        let mut fields = vec![("name", "Boris"), ("region", "Kazakhstan")];
        fields.insert(0, (field, value));
        let text = browser.fill(PATH, PATH, &fields).await.assert_page(422);
        assert!(text.contains(&format!("id=\"{id}-wrong\"")), "{field}={value:?}: {text}");
    }
    let text = browser.get(PATH).await.assert_page(200);
    assert!(text.contains("value=\"Anna\"") && shows_country(&text, "Kazakhstan"), "{text}");
}

#[tokio::test]
async fn a_birth_date_is_not_replaced_by_a_form_of_before() {
    let app = TestApp::start().await;
    let mut browser = with_user(&app, json!({})).await;
    let token = browser.get(PATH).await.form_token();
    browser.post(PATH, &token, &[("birth_date", "1990-05-17")]).await.assert_goes_to(SAVED);
    let text = browser.post(PATH, &token, &[("birth_date", "2015-05-17")]).await.assert_page(409);
    assert!(text.contains("17 May 1990"), "{text}");
}

#[tokio::test]
async fn times_are_in_the_zone_that_was_chosen_in_this_browser() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"region": "RU-KAM"})).await;
    let (mut here, mut there) = (Browser::signed_in(&app, &user).await, Browser::signed_in(&app, &user).await);
    assert!(here.get("/account/history").await.assert_page(200).contains("UTC+12"));
    let reply = here.fill(PATH, "/account/zone", &[("zone", "345")]).await;
    reply.assert_goes_to("/account/profile?done=zone");
    for page in ["/account/history", "/account/devices"] {
        assert!(here.get(page).await.assert_page(200).contains("UTC+5:45"), "{page}");
        assert!(there.get(page).await.assert_page(200).contains("UTC+12"), "{page}");
    }
    here.cookies.insert("__Host-marquee-zone".to_owned(), "<b>".to_owned());
    assert!(here.get("/account/history").await.assert_page(200).contains("UTC+12"));
    here.fill(PATH, "/account/zone", &[("zone", "")]).await.assert_goes_to("/account/profile?done=zone");
    assert!(!here.cookies.contains_key("__Host-marquee-zone"));
}

#[tokio::test]
async fn all_data_are_downloaded_as_a_file_once_a_day() {
    let app = TestApp::start().await;
    let user = app.user_with(json!({"display_name": "Anna"})).await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let reply = browser.fill(PATH, "/account/export", &[]).await;
    assert_eq!(reply.status.as_u16(), 200);
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"marquee-account.json\"");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_protected(&reply);
    assert_eq!(reply.json()["user"]["email"], user.email);
    browser.fill(PATH, "/account/export", &[]).await.assert_page(429);
}
