//! Steps of the squatter, who reads another mailbox, and of the owner, who reads the contested one.

use std::time::Duration;

use account_storage::{
    ChangeEmail, CodeHolder, ConfirmEmailChange, EmailChangeState, InsertSocialUserOutcome, ProofRequest, ResetRequest,
    SocialProof,
};
use accounts::{CodePurpose, Email, NewIdentity, NewUser, OpenedLink, TypedCode};
use credentials::hashing::PasswordHash;
use mailer::{Mail, Notification};
use uuid::Uuid;

use super::history::History;
use super::world::{Account, code_of};
use crate::identities::identity;

/// Names of the steps, for messages.
pub const NAMES: [&str; 12] = [
    "squatter asks for a proof",
    "squatter guesses",
    "squatter asks for a reset and guesses",
    "squatter leaves the address",
    "squatter claims the address again",
    "squatter changes to the address",
    "owner changes to the address",
    "owner resets by a link",
    "owner frees the address",
    "provider vouches for the owner",
    "an hour passes",
    "owner opens another account with a provider, or deletes that",
];
/// Number of the first steps, which are the squatter's.
pub const STEPS_OF_THE_SQUATTER: u64 = 6;
/// The step in which the owner resets a password, which may end the owner's session.
pub const OWNER_RESETS: u64 = 7;

impl History<'_> {
    /// Runs the step with this number in [`NAMES`].
    pub async fn step_of_users(&mut self, number: u64) {
        match number {
            0 => self.ask_proof().await,
            1 => self.guess_proof().await,
            2 => self.guess_reset().await,
            3 => self.leave().await,
            4 => {
                if let Some(account) = self.world.account(&self.contested).await {
                    self.replace_squatter(account);
                }
            }
            5 => {
                if self.squatter_signs_in().await {
                    self.begin_change(self.squatter, &self.contested.clone()).await;
                }
            }
            6 => self.change_to_contested().await,
            OWNER_RESETS => self.reset_by_link().await,
            8 => self.not_me().await,
            9 => self.provider_vouches().await,
            10 => self.world.advance(Duration::from_secs(60 * 60)),
            _ => self.newcomer_comes_or_goes().await,
        }
    }

    /// `false` when the squatter gets no session: the password of an account that was handed over is its owner's.
    async fn squatter_signs_in(&mut self) -> bool {
        if self.rightful.contains(&self.squatter.id) {
            return false;
        }
        let Some(account) = self.signed_in(self.squatter).await else { return false };
        self.squatter = account;
        true
    }

    async fn ask_proof(&mut self) {
        if !self.squatter_signs_in().await {
            return;
        }
        let Account { id: user, session } = self.squatter;
        let request = ProofRequest { user, session, client: &self.world.client, at: self.world.now() };
        drop(self.world.store.begin_email_proof(&self.world.mailer, &request).await);
    }

    async fn guess_proof(&self) {
        let Account { id: user, session } = self.squatter;
        let request = ProofRequest { user, session, client: &self.world.client, at: self.world.now() };
        let guess = TypedCode::parse("00000000").unwrap();
        assert!(self.world.store.complete_email_proof(&self.world.mailer, &request, &guess).await.is_err());
    }

    async fn guess_reset(&self) {
        let (id, at) = (self.ask_reset().await, self.world.now());
        let (holder, guess) = (CodeHolder { asker: id, address: None }, TypedCode::parse("00000000").unwrap());
        let right = self.world.store.try_reset_code(&self.world.mailer, holder, &guess, at).await.unwrap();
        assert_eq!(right, None);
    }

    async fn ask_reset(&self) -> Uuid {
        let (id, at) = (Uuid::new_v4(), self.world.now());
        let request = ResetRequest { id, email: &self.contested, client: &self.world.client, at };
        self.world.store.begin_email_reset(&self.world.mailer, &request).await.unwrap();
        id
    }

    /// The squatter moves to a mailbox of its own.
    async fn leave(&mut self) {
        if !self.squatter_signs_in().await {
            return;
        }
        self.begin_change(self.squatter, &self.foreign).await;
        if let Some(code) = change_code(&self.world.mails_to(&self.foreign).await) {
            self.confirm_change(self.squatter, &code, None).await;
        }
    }

    async fn begin_change(&self, who: Account, to: &Email) {
        let request =
            ChangeEmail { user: who.id, session: who.session, to, client: &self.world.client, at: self.world.now() };
        drop(self.world.store.begin_email_change(&self.world.mailer, &request).await);
    }

    async fn confirm_change(&self, who: Account, code: &TypedCode, present: Option<&TypedCode>) -> bool {
        let request = ConfirmEmailChange {
            user: who.id,
            session: who.session,
            code: Some(code),
            release_code: present,
            take_claimed: true,
            client: &self.world.client,
            at: self.world.now(),
        };
        let confirmed = self.world.store.confirm_email_change(&self.world.mailer, &request).await;
        confirmed.is_ok_and(|state| state == EmailChangeState::Changed)
    }

    async fn change_to_contested(&mut self) {
        let Some(account) = self.signed_in(self.owner).await else { return };
        self.owner = account;
        self.begin_change(self.owner, &self.contested).await;
        let Some(code) = change_code(&self.world.mails_to(&self.contested).await) else { return };
        let present = self.release_code().await;
        if self.confirm_change(self.owner, &code, present.as_ref()).await {
            self.rightful.insert(self.owner.id);
        }
    }

    /// The code in the present mailbox of the owner, needed when the owner has proved it.
    async fn release_code(&self) -> Option<TypedCode> {
        let login = self.world.store.find_login(&self.own).await.unwrap()?;
        if login.user.id != self.owner.id || login.is_claim() {
            return None;
        }
        let mails = self.world.mails_to(&self.own).await;
        mails.iter().find(|mail| matches!(mail.notification, Notification::EmailRelease { .. })).and_then(code_of)
    }

    /// The owner opens the newest link in the mailbox, also one that another user asked for, or asks for one.
    async fn reset_by_link(&mut self) {
        self.ask_reset().await;
        let mails = self.world.mails_to(&self.contested).await;
        let link = mails.iter().find_map(|mail| match &mail.notification {
            Notification::PasswordReset { link: Some(link), .. } => Some(link.url("")),
            _ => None,
        });
        let Some(link) = link else { return };
        let opened = OpenedLink::parse(link.split_once("link=").unwrap().1).unwrap();
        let (store, mailer, at) = (&self.world.store, &self.world.mailer, self.world.now());
        let found = store.find_code_by_link(mailer, CodePurpose::Reset, &opened, at).await.unwrap();
        let Some(code) = found else { return };
        let hash = PasswordHash::new("of the owner");
        let is_active = self.is_active(code.binding.user.unwrap()).await;
        let was_signed_in = self.is_signed_in(self.owner).await;
        let done = store.complete_email_reset(mailer, &code, &hash, &self.world.client, at).await.unwrap();
        assert!(is_active || done.is_none(), "a reset of a disabled account: {:?}", self.trace);
        let is_own = done.as_ref().is_some_and(|done| done.user == self.owner.id);
        assert_eq!(self.is_signed_in(self.owner).await, was_signed_in && !is_own, "{:?}", self.trace);
        let Some(done) = done else { return };
        self.rightful.insert(done.user);
        if done.user == self.squatter.id {
            assert!(!self.is_signed_in(self.squatter).await, "a session of the squatter survived: {:?}", self.trace);
        }
    }

    async fn not_me(&self) {
        let mails = self.world.mails_to(&self.contested).await;
        let Some(link) = mails.iter().find_map(|mail| mail.not_me.as_ref()) else { return };
        let link = link.url("");
        let (secret, before) = (link.split_once("claim=").unwrap().1, self.proved_holder().await);
        let (store, mailer) = (&self.world.store, &self.world.mailer);
        store.free_claimed_email(mailer, (secret, &self.contested), self.world.now()).await.unwrap();
        assert_eq!(self.proved_holder().await, before, "a proved address was freed: {:?}", self.trace);
    }

    /// A sign-in with a provider, which a disabled account does not get.
    async fn provider_vouches(&mut self) {
        let Some(account) = self.signed_in(self.owner).await else { return };
        self.owner = account;
        let proof = SocialProof { user: self.owner.id, email: &self.contested, at: self.world.now() };
        self.world.store.prove_email_by_provider(proof).await.unwrap();
    }

    /// The owner signs up with a provider that vouches for the contested address and takes it from who claims it, who
    /// loses nothing else; or deletes that account again.
    async fn newcomer_comes_or_goes(&mut self) {
        let store = &self.world.store;
        if let Some(id) = self.newcomer.take() {
            store.delete_user(id, self.world.now(), None).await.unwrap();
            return;
        }
        let new = NewUser { email: Some(self.contested.clone()), password_hash: None, ..self.world.new_account() };
        let by = NewIdentity { at: self.world.now(), ..identity("google", &new.key.id.to_string()) };
        let (before, was_signed_in) = (self.proved_holder().await, self.is_signed_in(self.squatter).await);
        let outcome = store.insert_social_user_at_claim(&new, &by).await.unwrap();
        assert_eq!(self.is_signed_in(self.squatter).await, was_signed_in, "{:?}", self.trace);
        match outcome {
            InsertSocialUserOutcome::Inserted | InsertSocialUserOutcome::TookClaim => {
                assert_eq!(before, None, "a proved address was taken: {:?}", self.trace);
                self.newcomer = Some(new.key.id);
                self.add_rightful(new.key.id);
            }
            refused => {
                assert_eq!(refused, InsertSocialUserOutcome::EmailTaken, "{:?}", self.trace);
                assert!(before.is_some(), "only a proof keeps the address: {:?}", self.trace);
            }
        }
    }
}

fn change_code(mails: &[Mail]) -> Option<TypedCode> {
    mails.iter().find(|mail| matches!(mail.notification, Notification::EmailChange { .. })).and_then(code_of)
}
