//! Sums and answers of a challenge: how many right ones it takes, and how many it accepts.

use super::Challenge;
use crate::domain::level::Level;
use crate::domain::rules;

impl Challenge {
    /// Right answers in a row that are needed: two at the highest level, and of spoken sums from level 2 on, where one
    /// would be easier than the picture.
    pub fn needed(&self) -> u8 {
        let harder_by_ear = self.level > Level::One && (self.heard || self.presentation.audio);
        if harder_by_ear { Level::Three.needed() } else { self.level.needed() }
    }

    /// Answers that it accepts. A device without a right answer has fewer: its quotas are the only hold on it.
    pub fn rounds(&self) -> u8 {
        let [first, harder] = rules::ROUNDS_UNPROVEN;
        let allowed = match (self.proven, self.level) {
            (true, _) => rules::ROUNDS,
            (false, Level::One) => first,
            (false, _) => harder,
        };
        allowed.max(self.needed())
    }

    /// `true` when a right answer in it was to a spoken sum.
    pub fn was_heard(&self) -> bool {
        self.heard
    }
}
