//! What a session holds, and how it is kept and sealed.

use contracts::captcha::Action;

use super::{Challenge, Presentation, SESSION_BYTES};
use crate::domain::action;
use crate::domain::answer::Answer;
use crate::domain::assessed::AssessedRequest;
use crate::domain::bytes::{Reader, Writer};
use crate::domain::ids::{DeviceKey, PictureId, PrefixKey, SiteNumber};
use crate::domain::level::Level;
use crate::domain::rules;
use crate::domain::unix_millis::UnixMillis;
use crate::domain::waiver::DeviceContext;

impl Challenge {
    /// The answer.
    pub fn right_answer(&self) -> Answer {
        self.answer
    }

    /// The picture that is shown.
    pub fn picture(&self) -> PictureId {
        self.picture
    }

    /// Which answer is due, from 1 on.
    pub fn round(&self) -> u8 {
        self.round
    }

    /// Refreshes that are left.
    pub fn refreshes_left(&self) -> u8 {
        rules::REFRESHES.saturating_sub(self.refreshes)
    }

    /// How the sum is put.
    pub fn look(&self) -> Presentation {
        self.look
    }

    /// How hard it is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// What its pass is for.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The risk it was judged by.
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

    /// What its pass is for.
    pub fn site(&self) -> SiteNumber {
        self.site
    }

    /// What was assessed before, if anything was.
    pub fn assessed(&self) -> Option<AssessedRequest> {
        self.assessed
    }

    /// Where its device is and what it claims to be.
    pub fn context(&self) -> DeviceContext {
        DeviceContext { prefix: self.prefix, platform: self.assessed.map_or(0, |assessed| assessed.platform()) }
    }

    /// The life of the store that it was opened in.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// When the picture was shown.
    pub fn shown_at(&self) -> UnixMillis {
        self.shown_at
    }

    /// When it ends.
    pub fn expires_at(&self) -> UnixMillis {
        self.expires_at
    }

    /// As it is kept, and sealed.
    pub fn to_bytes(&self) -> [u8; SESSION_BYTES] {
        let assessed = self.assessed.is_some();
        let flags =
            [self.extended, self.decoy, false, self.look.audio, self.look.english, self.look.inverted, assessed];
        let flags = flags.iter().enumerate().fold(0, |all, (bit, set)| all | (u8::from(*set) << bit));
        let writer = Writer::new()
            .put(&[self.answer.number(), self.round, self.refreshes, self.streak, flags, self.level.number()])
            .put(&[action::to_byte(self.action), self.risk])
            .put(&self.picture.0)
            .put(&self.device.0)
            .put(&self.prefix.0)
            .put(&self.site.0.to_le_bytes())
            .put(&self.epoch.to_le_bytes())
            .moment(self.shown_at)
            .moment(self.expires_at);
        self.assessed.iter().fold(writer, |writer, assessed| assessed.write(writer)).done()
    }

    /// Out of a store or a seal.
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
            look: Presentation { audio: flag(3), english: flag(4), inverted: flag(5) },
            level: Level::clamped(level),
            action: action::from_byte(reader.byte()?)?,
            risk: reader.byte()?,
            picture: PictureId(reader.take()?),
            device: DeviceKey(reader.take()?),
            prefix: PrefixKey(reader.take()?),
            site: SiteNumber(u32::from_le_bytes(reader.take()?)),
            epoch: u32::from_le_bytes(reader.take()?),
            shown_at: reader.moment()?,
            expires_at: reader.moment()?,
            assessed: if flag(6) { Some(AssessedRequest::read(&mut reader)?) } else { None },
        })
    }
}
