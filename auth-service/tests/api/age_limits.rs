//! Age limits, computed for each token from the birth date, the region and the age policy of its country.

use std::time::Duration;

use account_partitions::Plan;
use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use crate::app::{SignedIn, TestApp};

async fn facts(app: &TestApp, birth_date: Option<NaiveDate>, region: Option<&str>) -> (SignedIn, Value) {
    let user = app.user_with(json!({"birth_date": birth_date, "region": region})).await;
    let tokens = app.signed_in(&user).await;
    let facts = app.introspect(&tokens.access).await;
    (tokens, facts)
}

/// Birth date of a user who turned `years` old `-days` days ago (in `days` days when positive), in UTC.
fn years_ago(app: &TestApp, years: i32, days: i64) -> NaiveDate {
    let day = (app.state().now() + chrono::TimeDelta::days(days)).date_naive();
    let year = day.year() - years;
    day.with_year(year).unwrap_or_else(|| NaiveDate::from_ymd_opt(year, 3, 1).unwrap())
}

#[tokio::test]
async fn the_age_limit_follows_the_age_and_is_returned_by_introspection() {
    let app = TestApp::start().await;
    for (years, limit) in [(3, 0), (7, 6), (13, 12), (17, 16), (19, 18)] {
        let (_, facts) = facts(&app, Some(years_ago(&app, years, -5)), Some("RU-MOW")).await;
        assert_eq!((&facts["age"], &facts["age_limit"]), (&json!(years), &json!(limit)));
    }
}

#[tokio::test]
async fn without_a_birth_date_introspection_returns_no_age_limit() {
    let app = TestApp::start().await;
    let (_, facts) = facts(&app, None, Some("RU-MOW")).await;
    assert!(facts.get("age").is_none() && facts.get("age_limit").is_none());
}

#[tokio::test]
async fn a_birthday_raises_the_age_limit_from_the_next_token_on() {
    let app = TestApp::start().await;
    let (tokens, before) = facts(&app, Some(years_ago(&app, 18, 3)), Some("RU-MOW")).await;
    assert_eq!(before["age_limit"], 16);
    app.advance(Duration::from_secs(4 * 24 * 3600));
    let next = SignedIn::from(&app.refresh(&tokens.refresh).await.assert_status(200));
    assert_eq!(app.introspect(&next.access).await["age_limit"], 18);
}

#[tokio::test]
async fn a_country_with_a_policy_of_its_own_has_its_own_limits() {
    let app = TestApp::start().await;
    let strict = "[[age_policy]]\ncountry = \"KZ\"\nmin_age = { 0 = 0, 6 = 6, 12 = 12, 16 = 16, 18 = 21 }";
    app.state().store.partitions().load_plan(&Plan::parse(strict).unwrap()).await.unwrap();
    app.state().caches.read_region_map().await.unwrap();
    let born = Some(years_ago(&app, 20, -5));
    assert_eq!(facts(&app, born, Some("KZ-ALA")).await.1["age_limit"], 16);
    assert_eq!(facts(&app, born, Some("RU-MOW")).await.1["age_limit"], 18);
    assert_eq!(facts(&app, born, None).await.1["age_limit"], 18);
}
