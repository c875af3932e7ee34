//! Refresh of a picture, and extension of a challenge.

use std::time::Duration;

use contracts::captcha::challenges::Modality;

use super::challenge_repository::{ChallengeRepository, PictureRef, StoreMode};
use crate::domain::{Challenge, ChallengeToken, NetworkEvent, NextPicture, PictureId, Unchanged, UnixMillis};
use crate::state::AppState;
use crate::stores::{RecordKeys, Records, StoreError};

/// A changed challenge.
pub struct Changed {
    /// The challenge.
    pub session: Challenge,
    /// Id of its picture.
    pub picture_id: String,
    /// Remaining lifetime.
    pub lasts: Duration,
}

/// Reason why nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeError {
    /// No such challenge with this picture.
    #[error("the session is over")]
    Over,
    /// All refreshes or the extension are used.
    #[error("the session has no more of that")]
    UsedUp,
    /// The store failed.
    #[error("the session cannot be changed")]
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

/// Replaces the picture.
///
/// # Errors
/// [`ChangeError`].
pub async fn refresh(
    state: &AppState,
    session: &str,
    picture: &str,
    modality: Option<Modality>,
) -> Result<Changed, ChangeError> {
    let audio = modality.map(|modality| modality == Modality::Audio);
    change(state, session, picture, Change::Refresh { audio, next: NextPicture::random() }).await
}

/// Extends the lifetime, once.
///
/// # Errors
/// [`ChangeError`].
pub async fn extend(state: &AppState, session: &str, picture: &str) -> Result<Changed, ChangeError> {
    let changed = change(state, session, picture, Change::Extend { name: PictureId::random() }).await?;
    if let (Some(ticket), false) = (ChallengeToken::parse(session), state.desk.is_sealed()) {
        let stay = NetworkEvent::Stay(ticket.key(), changed.session.expires_at());
        // A network slot that ends too early admits at most one challenge more.
        let _ = state.desk.main().crowd(changed.session.prefix(), stay).await;
    }
    Ok(changed)
}

async fn change(state: &AppState, session: &str, picture: &str, change: Change) -> Result<Changed, ChangeError> {
    let ticket = ChallengeToken::parse(session).ok_or(ChangeError::Over)?;
    match state.desk.read_picture(picture, &ticket) {
        PictureRef::Stored(picture) => stored(state, &ticket, picture, change).await,
        PictureRef::Sealed(session) => sealed(state, &ticket, session, change).await,
    }
}

async fn stored(
    state: &AppState,
    ticket: &ChallengeToken,
    picture: Option<PictureId>,
    change: Change,
) -> Result<Changed, ChangeError> {
    let spot = RecordKeys::session(ticket.device(), ticket.key());
    let changed = state.desk.change(&spot, |held, now| {
        let epoch = held.epoch;
        held.session = held.session.filter(|session| session.epoch() == epoch && session.device() == ticket.device());
        apply(held, ticket, picture, change, now).map(|session| (session, now))
    });
    let (session, now) = changed.await?.map_err(unchanged)?;
    Ok(Changed { session, picture_id: session.picture().to_text(), lasts: now.until(session.expires_at()) })
}

async fn sealed(
    state: &AppState,
    ticket: &ChallengeToken,
    session: Challenge,
    change: Change,
) -> Result<Changed, ChangeError> {
    let (desk, key) = (&state.desk, ticket.key());
    let spot = RecordKeys::device(ticket.device()).and_nonce(ChallengeRepository::nonce_of(&session, key));
    let claimed = desk.claim(&spot, session.expires_at()).await?;
    let step = |held: &mut Records, now: UnixMillis, made: StoreMode| {
        let counts = desk.counts(session.epoch(), session.shown_at(), held, made);
        let again = !claimed || (held.used.is_some() && made == StoreMode::Properly);
        held.session = Some(session).filter(|_| counts && !again);
        let changed = apply(held, ticket, Some(session.picture()), change, now);
        held.session = None; // it is sealed into the new id
        if changed.is_ok() {
            held.used = Some(session.expires_at());
        }
        // The old id is used up, so the picture gets another.
        let renamed = |session: Challenge| match change {
            Change::Extend { name } => session.renamed(name),
            Change::Refresh { .. } => session,
        };
        changed.map(|session| (renamed(session), now))
    };
    let stepped = desk.update_or_fall_back(&spot, step).await;
    let stays = !matches!(stepped, Ok((Ok(_), _)));
    if stays && claimed {
        desk.unclaim(&spot).await; // the picture was not used
    }
    let (changed, made) = stepped?;
    if made == StoreMode::Degraded && !stays {
        desk.owe_picture(&spot, session.expires_at());
    }
    let (session, now) = changed.map_err(unchanged)?;
    let picture_id = desk.seal_picture(&session, key).ok_or(ChangeError::Unsealed)?;
    Ok(Changed { session, picture_id, lasts: now.until(session.expires_at()) })
}

fn apply(
    held: &mut Records,
    ticket: &ChallengeToken,
    picture: Option<PictureId>,
    change: Change,
    now: UnixMillis,
) -> Result<Challenge, Unchanged> {
    match change {
        Change::Refresh { audio, next } => Challenge::refresh(&mut held.session, picture, audio, next, now),
        Change::Extend { .. } => Challenge::extend(&mut held.session, ticket.key(), &mut held.device, picture, now),
    }
}

fn unchanged(why: Unchanged) -> ChangeError {
    match why {
        Unchanged::Over => ChangeError::Over,
        Unchanged::UsedUp => ChangeError::UsedUp,
    }
}
