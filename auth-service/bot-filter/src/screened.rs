//! Permission for one attempt.

use crate::local_throttle::ThrottleUnits;
use crate::verified_passes::VerifiedPass;

/// Permission for one attempt. Dropped before the attempt is decided, it restores the pass and refunds the throttle.
#[derive(Default)]
#[must_use = "record its outcome"]
pub struct Screened {
    pub(crate) pass: Option<VerifiedPass>,
    pub(crate) throttle: Option<ThrottleUnits>,
}

impl Screened {
    pub(crate) fn by_pass(pass: VerifiedPass) -> Self {
        Self { pass: Some(pass), throttle: None }
    }

    pub(crate) fn by_throttle(units: ThrottleUnits) -> Self {
        Self { pass: None, throttle: Some(units) }
    }

    /// Marks the attempt as decided, so that nothing is restored. Returns the id of the pass.
    pub(crate) fn decided(self) -> Option<String> {
        if let Some(units) = self.throttle {
            units.keep();
        }
        self.pass.and_then(VerifiedPass::use_up)
    }
}
