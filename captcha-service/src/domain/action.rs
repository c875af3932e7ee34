//! Actions as one byte, and which of them must not be let through unchecked.

use contracts::captcha::Action;

/// The byte of an action in what is kept and sealed.
pub(super) fn to_byte(action: Action) -> u8 {
    match action {
        Action::LogIn => 1,
        Action::SignUp => 2,
        Action::ResetPassword => 3,
        Action::SendCode => 4,
        Action::Other => 5,
    }
}

/// The action of a byte.
pub(super) fn from_byte(byte: u8) -> Option<Action> {
    Action::ALL.into_iter().find(|action| to_byte(*action) == byte)
}

/// Whether this action is refused while the shared store is away, because a pass could then be used at each replica. To sign
/// in is not: the password still stands in the way, and people must get in.
pub fn fails_closed(action: Action) -> bool {
    action != Action::LogIn
}
