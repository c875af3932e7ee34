//! Actions as one byte, and the actions that always need a pass.

use contracts::captcha::Action;

/// Byte of an action in stored and sealed records.
pub(in crate::domain) fn to_byte(action: Action) -> u8 {
    match action {
        Action::LogIn => 1,
        Action::SignUp => 2,
        Action::ResetPassword => 3,
        Action::SendCode => 4,
        Action::Other => 5,
    }
}

/// Action of a byte.
pub(in crate::domain) fn from_byte(byte: u8) -> Option<Action> {
    Action::ALL.into_iter().find(|action| to_byte(*action) == byte)
}

/// `true` when this action is rejected while the shared store is unavailable, because a pass could then be used once
/// per replica. Signing in is not: the password still protects the account, and users must get in.
pub fn fails_closed(action: Action) -> bool {
    action != Action::LogIn
}

/// `true` for actions that need a pass however harmless the request looks: they open an account, cost money or replace
/// a password, and no password of an account protects them.
pub fn always_needs_pass(action: Action) -> bool {
    matches!(action, Action::SignUp | Action::ResetPassword | Action::SendCode)
}
