//! Actions as one byte, and which of them are never let through unchecked.

use contracts::captcha::Action;

/// The byte of an action in what is kept and sealed.
pub(in crate::domain) fn to_byte(action: Action) -> u8 {
    match action {
        Action::LogIn => 1,
        Action::SignUp => 2,
        Action::ResetPassword => 3,
        Action::SendCode => 4,
        Action::Other => 5,
    }
}

/// The action of a byte.
pub(in crate::domain) fn from_byte(byte: u8) -> Option<Action> {
    Action::ALL.into_iter().find(|action| to_byte(*action) == byte)
}

/// Whether this action is refused while the shared store is away, because a pass could then be used at each replica. To sign
/// in is not: the password still stands in the way, and people must get in.
pub fn fails_closed(action: Action) -> bool {
    action != Action::LogIn
}

/// `true` for what is never let through without a pass, however harmless the request looks: it opens an account, costs money or
/// replaces a password, and no password of an account stands in the way.
pub fn always_needs_pass(action: Action) -> bool {
    matches!(action, Action::SignUp | Action::ResetPassword | Action::SendCode)
}
