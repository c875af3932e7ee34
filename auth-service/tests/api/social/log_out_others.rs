//! "Sign out everywhere else" with social accounts.

use std::time::Duration;

use mailer::Notification;
use serde_json::json;
use service_kit::testing::TestReply;

use super::support::{Cinema, person};
use crate::app::{SignedIn, unique_email};

async fn log_out_others(cinema: &Cinema, who: &SignedIn) -> TestReply {
    let path = "/api/v1/sessions/others?unlink_social_accounts=true";
    cinema.delete(path).bearer(&who.access).send().await
}

#[actix_web::test]
async fn signing_out_everywhere_unlinks_what_an_intruder_has_linked() {
    let cinema = Cinema::start().await;
    let user = cinema.user().await;
    let intruder = cinema.signed_in(&user).await;
    cinema.link("google", &intruder, person("intruder")).await.assert_status(201);
    let who = cinema.signed_in(&user).await;
    log_out_others(&cinema, &who).await.assert_status(204);
    assert!(!cinema.is_active(&intruder.access).await);
    assert_ne!(cinema.sign_in_as("google", person("intruder")).await.0, user.id);
    assert_eq!(*cinema.google.revoked.lock().unwrap(), ["canary-token-intruder"]);
    let who = SignedIn::from(&cinema.refresh(&who.refresh).await.assert_status(200));
    let events = cinema.get("/api/v1/me/events").bearer(&who.access).send().await.assert_status(200);
    assert_eq!(events["items"][0]["kind"], "social_unlinked");
}

#[actix_web::test]
async fn one_mail_names_all_accounts_that_were_unlinked() {
    let cinema = Cinema::start().await;
    let user = cinema.user().await;
    let who = cinema.signed_in(&user).await;
    for (provider, subject) in [("google", "1"), ("yandex", "2")] {
        cinema.link(provider, &who, person(subject)).await.assert_status(201);
    }
    log_out_others(&cinema, &who).await.assert_status(204);
    let mails = cinema.mails_to(&user.email).await;
    let provider = "google, yandex".to_owned();
    assert_eq!(mails.last().map(|mail| &mail.notification), Some(&Notification::SocialUnlinked { provider }));
}

#[actix_web::test]
async fn social_accounts_that_are_the_only_way_in_stay_and_no_session_ends() {
    let cinema = Cinema::start().await;
    let (_, other) = cinema.sign_in_as("google", person("1")).await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    log_out_others(&cinema, &who).await.assert_problem(409, "social.last_way_in");
    assert!(cinema.is_active(&other.access).await);
    let password = json!({"password": "three cats on a sofa", "email": unique_email()});
    cinema.set_password(&who, password).await.assert_status(204);
    log_out_others(&cinema, &who).await.assert_status(204);
    assert!(!cinema.is_active(&other.access).await);
}

#[actix_web::test]
async fn a_session_that_is_not_fresh_unlinks_nothing_and_may_end_the_others() {
    let cinema = Cinema::start().await;
    let user = cinema.user().await;
    let who = cinema.signed_in(&user).await;
    cinema.link("google", &who, person("1")).await.assert_status(201);
    cinema.advance(Duration::from_secs(601));
    let who = SignedIn::from(&cinema.refresh(&who.refresh).await.assert_status(200));
    log_out_others(&cinema, &who).await.assert_problem(403, "auth.session_not_fresh");
    cinema.delete("/api/v1/sessions/others").bearer(&who.access).send().await.assert_status(204);
    let who = SignedIn::from(&cinema.refresh(&who.refresh).await.assert_status(200));
    assert_eq!(cinema.linked(&who).await.len(), 1);
}
