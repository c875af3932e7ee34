//! Captcha proofs of requests.

use contracts::Secret;
use service_kit::ApiError;

use bot_filter::CaptchaProof;

/// Reads the proof. A pass is worthless without the credential of its device.
pub(super) fn captcha_proof(
    token: Option<Secret>,
    device_token: Option<Secret>,
    known_device: Option<Secret>,
) -> Result<CaptchaProof, ApiError> {
    if token.is_some() && device_token.is_none() {
        return Err(ApiError::field("/captcha_device_token", "must come with captcha_token"));
    }
    Ok(CaptchaProof { token, device_token, known_device })
}
