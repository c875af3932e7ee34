//! Refresh of a picture, and extension of a challenge.

use std::time::Duration;

use contracts::captcha::challenges::Modality;

use super::challenges::Challenges;
use crate::challenge_repository::{ChallengeRepository, PictureRef, StoreMode};
use crate::domain::{Challenge, ChallengeToken, ChangeRefusal, NetworkEvent, NextPicture, PictureId, UnixMillis};
use crate::stores::{RecordKeys, Records, StoreError};

/// A changed challenge.
pub struct ChangedChallenge {
    /// The challenge.
    pub challenge: Challenge,
    /// Id of its picture.
    pub picture_id: String,
    /// Remaining lifetime.
    pub ttl: Duration,
}

/// Reason why nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeError {
    /// The challenge allows no such change.
    #[error(transparent)]
    Refused(#[from] ChangeRefusal),
    /// The store failed.
    #[error("the challenge cannot be changed")]
    Store(#[from] StoreError),
    /// Sealing failed.
    #[error("the picture cannot be sealed")]
    Unsealed,
}

#[derive(Clone, Copy)]
enum Change {
    Refresh { audio: Option<bool>, next: NextPicture },
    Extend { name: PictureId },
}

impl Challenges {
    /// Replaces the picture.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn refresh(
        &self,
        challenge: &str,
        picture: &str,
        modality: Option<Modality>,
    ) -> Result<ChangedChallenge, ChangeError> {
        let audio = modality.map(|modality| modality == Modality::Audio);
        if audio == Some(true) && !self.may_listen(challenge, picture).await? {
            return Err(ChangeRefusal::UsedUp.into());
        }
        self.change(challenge, picture, Change::Refresh { audio, next: NextPicture::random() }).await
    }

    /// Extends the lifetime, once.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn extend(&self, challenge: &str, picture: &str) -> Result<ChangedChallenge, ChangeError> {
        let changed = self.change(challenge, picture, Change::Extend { name: PictureId::random() }).await?;
        if let (Some(token), false) = (ChallengeToken::parse(challenge), self.repository.is_sealed()) {
            let extended = NetworkEvent::Extended(token.key(), changed.challenge.expires_at());
            // A network slot that ends too early admits at most one challenge more.
            let _ = self.repository.primary().apply_network_event(changed.challenge.prefix(), extended).await;
        }
        Ok(changed)
    }

    /// `true` when spoken sums are left in the network of a challenge, or it is unknown.
    async fn may_listen(&self, challenge: &str, picture: &str) -> Result<bool, ChangeError> {
        let token = ChallengeToken::parse(challenge).ok_or(ChangeRefusal::Over)?;
        let known = match self.repository.read_picture(picture, &token) {
            PictureRef::Sealed(challenge) => Some(challenge),
            PictureRef::Stored(_) => {
                let keys = RecordKeys::challenge(token.device(), token.key());
                self.repository.change(&keys, |records, _| records.challenge).await?
            }
        };
        let Some(known) = known else { return Ok(true) };
        Ok(self.budget.admits(self.repository.network(known.prefix()).await.passes, true))
    }

    async fn change(&self, challenge: &str, picture: &str, change: Change) -> Result<ChangedChallenge, ChangeError> {
        let token = ChallengeToken::parse(challenge).ok_or(ChangeRefusal::Over)?;
        match self.repository.read_picture(picture, &token) {
            PictureRef::Stored(picture) => self.change_stored(&token, picture, change).await,
            PictureRef::Sealed(challenge) => self.change_sealed(&token, challenge, change).await,
        }
    }

    async fn change_stored(
        &self,
        token: &ChallengeToken,
        picture: Option<PictureId>,
        change: Change,
    ) -> Result<ChangedChallenge, ChangeError> {
        let keys = RecordKeys::challenge(token.device(), token.key());
        let changed = self.repository.change(&keys, |records, now| {
            let epoch = records.epoch;
            records.challenge = records
                .challenge
                .filter(|challenge| challenge.epoch() == epoch && challenge.device() == token.device());
            apply(records, token, picture, change, now).map(|challenge| (challenge, now))
        });
        let (challenge, now) = changed.await??;
        Ok(ChangedChallenge {
            challenge,
            picture_id: challenge.picture().to_text(),
            ttl: now.until(challenge.expires_at()),
        })
    }

    async fn change_sealed(
        &self,
        token: &ChallengeToken,
        challenge: Challenge,
        change: Change,
    ) -> Result<ChangedChallenge, ChangeError> {
        let (repository, key) = (&self.repository, token.key());
        let keys = RecordKeys::device(token.device()).and_nonce(ChallengeRepository::nonce_of(&challenge, key));
        let claimed = repository.claim(&keys, challenge.expires_at()).await?;
        let update = |records: &mut Records, now: UnixMillis, mode: StoreMode| {
            let valid = repository.is_current(challenge.epoch(), challenge.shown_at(), records, mode);
            let is_replay = !claimed || (records.used.is_some() && mode == StoreMode::Primary);
            records.challenge = Some(challenge).filter(|_| valid && !is_replay);
            let changed = apply(records, token, Some(challenge.picture()), change, now);
            records.challenge = None; // it is sealed into the new id
            if changed.is_ok() {
                records.used = Some(challenge.expires_at());
            }
            // The old id is used up, so the picture gets another.
            let renamed = |challenge: Challenge| match change {
                Change::Extend { name } => challenge.renamed(name),
                Change::Refresh { .. } => challenge,
            };
            changed.map(|challenge| (renamed(challenge), now))
        };
        let outcome = repository.update_or_fall_back(&keys, update).await;
        let is_unchanged = !matches!(outcome, Ok((Ok(_), _)));
        if is_unchanged && claimed {
            repository.unclaim(&keys).await; // the picture was not used
        }
        let (changed, mode) = outcome?;
        if mode == StoreMode::Degraded && !is_unchanged {
            repository.enqueue_picture_replay(&keys, challenge.expires_at());
        }
        let (challenge, now) = changed?;
        let picture_id = repository.seal_picture(&challenge, key).ok_or(ChangeError::Unsealed)?;
        Ok(ChangedChallenge { challenge, picture_id, ttl: now.until(challenge.expires_at()) })
    }
}

fn apply(
    records: &mut Records,
    token: &ChallengeToken,
    picture: Option<PictureId>,
    change: Change,
    now: UnixMillis,
) -> Result<Challenge, ChangeRefusal> {
    match change {
        Change::Refresh { audio, next } => Challenge::refresh(&mut records.challenge, picture, audio, next, now),
        Change::Extend { .. } => {
            Challenge::extend(&mut records.challenge, token.key(), &mut records.device, picture, now)
        }
    }
}
