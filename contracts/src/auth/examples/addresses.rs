//! Login e-mails.

use super::accounts::tv;
use crate::NoContent;
use crate::auth::addresses::{
    CancelEmailChange, ChangeEmail, ChangeEmailRequest, CodeRequested, ConfirmEmail, ConfirmEmailChange,
    ConfirmEmailChangeRequest, ConfirmEmailRequest, ConfirmPasswordReset, ConfirmPasswordResetRequest,
    PasswordResetRequested, RequestEmailProof, RequestPasswordReset, RequestPasswordResetRequest, ResetPath,
};
use crate::examples::{Example, Examples, world};

/// Validity of a code in seconds.
const EXPIRES_IN: u64 = 15 * 60;

impl Examples for RequestEmailProof {
    fn example() -> Example<Self> {
        Example::new("proof", "Anna asks for a code", CodeRequested { expires_in: EXPIRES_IN })
    }
}

impl Examples for ConfirmEmail {
    fn example() -> Example<Self> {
        Example::new("proved", "Anna types the code", NoContent {})
            .body(ConfirmEmailRequest { code: "0123 4567".to_owned() })
    }
}

impl Examples for RequestPasswordReset {
    fn example() -> Example<Self> {
        let output = PasswordResetRequested { reset_id: world::RESET, expires_in: EXPIRES_IN };
        Example::new("forgotten", "Anna has forgotten her password", output).body(RequestPasswordResetRequest {
            email: world::EMAIL.to_owned(),
            reset_id: Some(world::RESET),
            device: tv(),
            captcha_token: Some(world::secret("captcha-pass")),
            captcha_device_token: Some(world::secret("captcha-device-token")),
        })
    }
}

impl Examples for ConfirmPasswordReset {
    fn example() -> Example<Self> {
        Example::new("new_password", "Anna types the code and a new password", NoContent {})
            .path(ResetPath { reset_id: world::RESET })
            .body(ConfirmPasswordResetRequest { code: "0123 4567".to_owned(), password: world::secret("new-password") })
    }
}

impl Examples for ChangeEmail {
    fn example() -> Example<Self> {
        Example::new("new_address", "Anna has another address", CodeRequested { expires_in: EXPIRES_IN })
            .body(ChangeEmailRequest { email: world::NEW_EMAIL.to_owned(), password: Some(world::secret("password")) })
    }
}

impl Examples for ConfirmEmailChange {
    fn example() -> Example<Self> {
        Example::new("both_codes", "Anna types the codes from both mailboxes", NoContent {}).body(
            ConfirmEmailChangeRequest {
                code: Some("0123 4567".to_owned()),
                present_code: Some("8901 2345".to_owned()),
                take_claimed: false,
            },
        )
    }
}

impl Examples for CancelEmailChange {
    fn example() -> Example<Self> {
        Example::new("cancelled", "The address stays as it is", NoContent {})
    }
}
