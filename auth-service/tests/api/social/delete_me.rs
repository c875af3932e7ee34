use std::time::Duration;

use super::support::{Cinema, person, with_email};
use crate::app::unique_email;

#[actix_web::test]
async fn a_deleted_account_loses_its_sessions_and_its_grants_are_revoked() {
    let cinema = Cinema::start().await;
    let email = unique_email();
    let (id, who) = cinema.sign_in_as("google", with_email(person("1"), &email, true)).await;
    let (_, other_device) = cinema.sign_in_as("google", person("1")).await;
    cinema.delete("/api/v1/me").bearer(&who.access).send().await.assert_status(204);
    for token in [&who.access, &other_device.access] {
        assert!(!cinema.is_active(token).await);
    }
    cinema.refresh(&other_device.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    assert_eq!(cinema.google.revoked.lock().unwrap().len(), 1);
    // A new sign-in of the same person creates a new account with the same address.
    let (again, _) = cinema.sign_in_as("google", with_email(person("1"), &email, true)).await;
    assert_ne!(id, again);
}

#[actix_web::test]
async fn another_replica_learns_of_a_deletion() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    let replica = Cinema::start_in(cinema.home.clone(), cinema.state().providers.clone(), |_| ()).await;
    assert!(replica.is_active(&who.access).await);
    cinema.delete("/api/v1/me").bearer(&who.access).send().await.assert_status(204);
    let revoked = async || !replica.is_active(&who.access).await;
    service_kit::testing::eventually("the token is revoked there", Duration::from_secs(20), revoked).await;
}

#[actix_web::test]
async fn a_session_that_is_not_fresh_deletes_nothing() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    cinema.advance(Duration::from_secs(601));
    let next = crate::app::SignedIn::from(&cinema.refresh(&who.refresh).await.assert_status(200));
    cinema.delete("/api/v1/me").bearer(&next.access).send().await.assert_problem(403, "auth.session_not_fresh");
    cinema.me(&next.access).await.assert_status(200);
}

#[actix_web::test]
async fn the_last_administrator_stays() {
    let cinema = Cinema::start().await;
    let (_, admin) = cinema.admin().await;
    cinema.delete("/api/v1/me").bearer(&admin.access).send().await.assert_problem(409, "auth.last_admin");
    cinema.me(&admin.access).await.assert_status(200);
}
