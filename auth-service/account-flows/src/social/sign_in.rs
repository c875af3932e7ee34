//! Sign-in and sign-up with an account at a provider.

use account_storage::{InsertSocialUserOutcome, SocialProof};
use accounts::{BirthDate, ClientLocation, NewUser, SignIn, SignInMethod, SignInResult, User, UserKey, UserStatus};
use contracts::auth::devices::Device;
use contracts::ids::UserId;

use super::error::SocialError;
use super::handle_callback::{CallbackInput, CallbackPurpose, VerifiedIdentity};
use super::social_sign_in::SocialSignIn;
use crate::current_user::{CurrentUser, find_anywhere};
use crate::open_session;
use crate::token_pair::{IssueError, TokenPair};

/// Maximum number of attempts after concurrent linking, unlinking or sign-up with the same identity.
const MAX_ATTEMPTS: u32 = 4;

impl SocialSignIn {
    /// Signs in with an account at a provider; an unknown identity gets a new account. The owner is determined by the
    /// provider's id of the user only, never by an e-mail. With `take_claimed` a new account takes its e-mail, for which
    /// the provider vouches, from one that only claims it.
    ///
    /// # Errors
    /// [`SocialError`].
    pub async fn finish_sign_in(
        &self,
        input: CallbackInput,
        device: Device,
        location: ClientLocation,
        take_claimed: bool,
    ) -> Result<(CurrentUser, TokenPair), SocialError> {
        let verified = self.handle_callback(&input, CallbackPurpose::SignIn).await?;
        for _ in 0..MAX_ATTEMPTS {
            let user = match self.find_owner(&verified).await? {
                Some(user) => user,
                None => match self.sign_up(&verified, take_claimed).await? {
                    Some(user) => user,
                    None => continue,
                },
            };
            let method = SignInMethod::Social;
            if user.status != UserStatus::Active {
                let (result, session_id) = (SignInResult::Disabled, None);
                let (user_id, at) = (user.key.id, self.clock.now());
                let entry = SignIn { user_id, at, device: device.kind, location, method, result, session_id };
                self.failed_sign_ins.record(entry);
                return Err(SocialError::Disabled);
            }
            let sign_in = open_session::NewSignIn { device, location, method, verified_hash: None };
            return match self.sessions.open(user, sign_in).await {
                Err(IssueError::Inactive) => Err(SocialError::Disabled),
                opened => Ok(opened?),
            };
        }
        // The identity was linked and unlinked concurrently in every attempt.
        Err(SocialError::TicketInvalid)
    }

    /// The owner of the identity; records the use.
    async fn find_owner(&self, verified: &VerifiedIdentity) -> Result<Option<User>, SocialError> {
        let Some(identity) = self.store.find_identity(&verified.identity.key).await? else { return Ok(None) };
        let Some(key) = self.store.find_user_key(identity.user_id).await? else { return Ok(None) };
        let Some(user) = find_anywhere(&self.store, key).await? else { return Ok(None) };
        // `false` when the identity was unlinked concurrently.
        let used = self.grants.keep(&identity, verified.identity.clone(), verified.profile.grant.as_ref());
        let is_linked = self.store.touch_identity(identity.user_id, &used).await?;
        if is_linked {
            self.prove_vouched(&user, verified).await?;
        }
        Ok(is_linked.then_some(user))
    }

    /// Proves the login of the account when the provider vouches for the same address.
    async fn prove_vouched(&self, user: &User, verified: &VerifiedIdentity) -> Result<(), SocialError> {
        let vouched = verified.profile.login_email();
        let Some(email) = user.email.as_ref().filter(|email| vouched == Some(*email)) else { return Ok(()) };
        let login = self.store.find_login(email).await?;
        if login.is_some_and(|login| login.user.id == user.key.id && login.is_claim()) {
            let proof = SocialProof { user: user.key.id, email, at: self.clock.now() };
            self.store.prove_email_by_provider(proof).await?;
            tracing::info!(audit = true, user.id = %user.key.id, "e-mail proved by a provider");
        }
        Ok(())
    }

    /// Creates an account for an unknown identity; `None` when a concurrent request came first with the identity or the
    /// e-mail.
    async fn sign_up(&self, verified: &VerifiedIdentity, take_claimed: bool) -> Result<Option<User>, SocialError> {
        let (id, now, region_map) = (UserId::new(), self.clock.now(), self.region_map.load());
        let profile = &verified.profile;
        let today = region_map.today(None, now);
        let new = NewUser {
            key: UserKey { id, cell: region_map.place(None, id) },
            email: profile.login_email().filter(|email| self.emails.accepts(email)).cloned(),
            password_hash: None,
            display_name: profile.display_name.to_string(),
            birth_date: profile.birth_date.and_then(|day| BirthDate::new(day, today).ok()),
            region: None,
            roles: Vec::new(),
            created_at: now,
        };
        let inserted = if take_claimed {
            self.store.insert_social_user_at_claim(&new, &verified.identity).await?
        } else {
            self.store.insert_social_user(&new, &verified.identity).await?
        };
        match inserted {
            InsertSocialUserOutcome::Inserted | InsertSocialUserOutcome::TookClaim => {
                let provider = &verified.identity.key.provider;
                tracing::info!(user.id = %id, %provider, "account created");
                if inserted == InsertSocialUserOutcome::TookClaim {
                    tracing::info!(audit = true, user.id = %id, "a claimed e-mail was taken by who a provider vouches for");
                }
                Ok(Some(new.into()))
            }
            InsertSocialUserOutcome::EmailTaken => Err(SocialError::EmailTaken),
            InsertSocialUserOutcome::EmailClaimed if !take_claimed => Err(SocialError::EmailClaimed),
            // Claimed, or linked, by a concurrent request: the next attempt sees it.
            InsertSocialUserOutcome::EmailClaimed | InsertSocialUserOutcome::IdentityTaken => Ok(None),
        }
    }
}
