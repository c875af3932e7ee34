//! Five ways to prepare an account at the address of a person who has not come yet (Sudhodanan and Paverd 2022), each
//! against the three ways in which the address is proved later. A file for each proof, a test for each preparation.

mod by_another_account;
mod by_reset;
mod by_session;

use std::ops::Deref;

use serde_json::json;
use social_providers::Profile;

use super::support::NEW_PASSWORD;
use crate::app::{SignedIn, TestUser};
use crate::social::support::{Cinema, person, with_email};

/// Birth date of the prepared account.
const BORN: &str = "1950-01-01";

/// An account with the address of another person, its password and an open session.
struct Squat {
    cinema: Cinema,
    squatter: TestUser,
    session: SignedIn,
}

/// Who proves the address and takes it from the account that claims it.
#[derive(Debug, Clone, Copy)]
enum Taker {
    /// A new account of a provider that vouches for the address.
    Newcomer,
    /// An account with another address, which it has proved.
    OtherAccount,
}

impl Deref for Squat {
    type Target = Cinema;

    fn deref(&self) -> &Cinema {
        &self.cinema
    }
}

impl Squat {
    async fn start() -> Self {
        let cinema = Cinema::start().await;
        let body = json!({"birth_date": BORN, "password": "six crows on a fence"});
        let squatter = cinema.user_with(body).await;
        let session = cinema.signed_in(&squatter).await;
        Self { cinema, squatter, session }
    }

    /// The contested address.
    fn email(&self) -> &str {
        &self.squatter.email
    }

    /// The owner of the mailbox at a provider that vouches for the address.
    fn owner(&self) -> Profile {
        with_email(person("owner"), self.email(), true)
    }

    /// Anyone at a provider that repeats an address without a check.
    fn unverified(&self) -> Profile {
        with_email(person("unverified"), self.email(), false)
    }

    /// The address that an account has.
    async fn email_of(&self, who: &SignedIn) -> Option<String> {
        self.me(&who.access).await.assert_status(200)["user"]["email"].as_str().map(str::to_owned)
    }

    /// The account of a session.
    async fn id_of(&self, who: &SignedIn) -> String {
        self.me(&who.access).await.assert_status(200)["user"]["id"].as_str().unwrap().to_owned()
    }

    /// The owner of the mailbox proves the address in another session of the prepared account.
    async fn prove_by_session(&self) -> SignedIn {
        let session = self.signed_in(&self.squatter).await;
        self.prove(self.email(), &session).await;
        session
    }

    /// The owner of the mailbox proves the address, is offered to choose, and takes it.
    async fn take(&self, taker: Taker) -> SignedIn {
        match taker {
            Taker::Newcomer => {
                self.try_sign_in_as("google", self.owner()).await.assert_problem(409, "auth.email_claimed");
                self.take_claimed("google", self.owner()).await
            }
            Taker::OtherAccount => {
                let (owner, session) = self.mailbox_owner().await;
                self.ask_change(&session, self.email()).await.assert_status(202);
                let (code, present) = (self.code_to(self.email()).await, self.code_to(&owner.email).await);
                let mut body = json!({"code": code, "present_code": present});
                self.confirm_change(&session, body.clone()).await.assert_problem(409, "auth.email_claimed");
                body["take_claimed"] = json!(true);
                self.confirm_change(&session, body).await.assert_status(204);
                session
            }
        }
    }

    /// The owner of the mailbox resets the password of the account, and signs in.
    async fn take_over_by_reset(&self) -> SignedIn {
        let reset = self.ask_reset(self.email()).await;
        let code = self.code_to(self.email()).await;
        self.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
        SignedIn::from(&self.log_in(self.email(), NEW_PASSWORD).await.assert_status(201))
    }
}
