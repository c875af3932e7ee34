//! What the bot filter is told of a request.

use contracts::Secret;
use service_kit::ApiError;
use service_kit::limits::{Per, Use};

use crate::domain::Tries;
use crate::flows::Shown;

/// What somebody shows. A pass says nothing without the device that it must be from.
pub(super) fn shown(
    token: Option<Secret>,
    device_token: Option<Secret>,
    known_device: Option<Secret>,
) -> Result<Shown, ApiError> {
    if token.is_some() && device_token.is_none() {
        return Err(ApiError::field("/captcha_device_token", "must come with captcha_token"));
    }
    Ok(Shown { token, device_token, known_device })
}

/// The tries that limits have counted; a right password gives its own back.
pub(crate) fn tries(uses: &[Use]) -> Tries {
    let used = |per| uses.iter().filter(|one| one.per == per).map(|one| one.used).max().unwrap_or(0);
    Tries {
        here: used(Per::AccountAndAddress),
        anywhere: used(Per::Account),
        address: 0,
        near_limit: uses.iter().any(|one| one.left.saturating_mul(4) <= one.used),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_near_when_a_fifth_of_it_is_left() {
        let near = |used, left| tries(&[Use { per: Per::Account, used, left }]).near_limit;
        assert!(near(8, 2) && near(1, 0) && !near(7, 3) && !tries(&[]).near_limit);
        let uses = [(Per::AccountAndAddress, 3), (Per::Account, 7)].map(|(per, used)| Use { per, used, left: 99 });
        assert_eq!(tries(&uses), Tries { here: 3, anywhere: 7, ..Tries::default() });
    }
}
