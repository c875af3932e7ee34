//! Accessors and encoding of a challenge.

use contracts::Language;
use contracts::captcha::Action;

use super::{CHALLENGE_BYTES, Challenge, Presentation};
use crate::domain::action;
use crate::domain::answer::Answer;
use crate::domain::assessed::AssessedRequest;
use crate::domain::bytes::{Reader, Writer};
use crate::domain::ids::{DeviceKey, PictureId, PrefixKey, SiteNumber};
use crate::domain::level::Level;
use crate::domain::pass::NewPass;
use crate::domain::rules;
use crate::domain::unix_millis::UnixMillis;
use crate::domain::waiver::DeviceContext;

impl Challenge {
    /// Right answer.
    pub fn right_answer(&self) -> Answer {
        self.answer
    }

    /// Current picture.
    pub fn picture(&self) -> PictureId {
        self.picture
    }

    /// Current round, from 1 on.
    pub fn round(&self) -> u8 {
        self.round
    }

    /// Refreshes left.
    pub fn refreshes_left(&self) -> u8 {
        rules::REFRESHES.saturating_sub(self.refreshes)
    }

    /// Presentation of the sum.
    pub fn presentation(&self) -> Presentation {
        self.presentation
    }

    /// Level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Action that the pass is for.
    pub fn action(&self) -> Action {
        self.action
    }

    /// Assessed risk.
    pub fn risk(&self) -> u8 {
        self.risk
    }

    /// Its device.
    pub fn device(&self) -> DeviceKey {
        self.device
    }

    /// Its network.
    pub fn prefix(&self) -> PrefixKey {
        self.prefix
    }

    /// Site that may redeem the pass.
    pub fn site(&self) -> SiteNumber {
        self.site
    }

    /// Assessed request, if there was an assessment.
    pub fn assessed(&self) -> Option<AssessedRequest> {
        self.assessed
    }

    /// Network and claimed platform of its device.
    pub fn context(&self) -> DeviceContext {
        DeviceContext { prefix: self.prefix, platform: self.assessed.map_or(0, |assessed| assessed.platform()) }
    }

    /// Epoch of the store that it was opened in.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Time at which the picture was presented.
    pub fn shown_at(&self) -> UnixMillis {
        self.shown_at
    }

    /// End of its lifetime.
    pub fn expires_at(&self) -> UnixMillis {
        self.expires_at
    }

    /// The pass that its right answer grants.
    pub(super) fn new_pass(&self) -> NewPass {
        NewPass {
            action: self.action,
            level: self.level,
            risk: self.risk,
            device: self.device,
            prefix: self.prefix,
            site: self.site,
            assessed: self.assessed,
            epoch: self.epoch,
        }
    }

    /// Encodes for a store or a seal.
    pub fn to_bytes(&self) -> [u8; CHALLENGE_BYTES] {
        let assessed = self.assessed.is_some();
        let flags = [
            self.extended,
            self.decoy,
            self.heard,
            self.presentation.audio,
            self.presentation.language == Language::En,
            self.presentation.inverted,
            assessed,
            self.proven,
        ];
        let flags = flags.iter().enumerate().fold(0, |all, (bit, set)| all | (u8::from(*set) << bit));
        let writer = Writer::new()
            .put(&[self.answer.number(), self.round, self.refreshes, self.streak, flags, self.level.number()])
            .put(&[action::to_byte(self.action), self.risk])
            .put(&self.picture.0)
            .put(&self.device.0)
            .put(&self.prefix.0)
            .put(&self.site.0.to_le_bytes())
            .put(&self.epoch.to_le_bytes())
            .timestamp(self.shown_at)
            .timestamp(self.expires_at);
        self.assessed.iter().fold(writer, |writer, assessed| assessed.write(writer)).done()
    }

    /// Decodes from a store or a seal.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let [answer, round, refreshes, streak, flags, level] = reader.take()?;
        let flag = |bit: u8| flags & (1 << bit) != 0;
        Some(Self {
            answer: Answer::new(answer)?,
            round,
            refreshes,
            streak,
            extended: flag(0),
            decoy: flag(1),
            heard: flag(2),
            proven: flag(7),
            presentation: Presentation {
                audio: flag(3),
                language: if flag(4) { Language::En } else { Language::Ru },
                inverted: flag(5),
            },
            level: Level::clamped(level),
            action: action::from_byte(reader.byte()?)?,
            risk: reader.byte()?,
            picture: PictureId(reader.take()?),
            device: DeviceKey(reader.take()?),
            prefix: PrefixKey(reader.take()?),
            site: SiteNumber(u32::from_le_bytes(reader.take()?)),
            epoch: u32::from_le_bytes(reader.take()?),
            shown_at: reader.timestamp()?,
            expires_at: reader.timestamp()?,
            assessed: if flag(6) { Some(AssessedRequest::read(&mut reader)?) } else { None },
        })
    }
}
