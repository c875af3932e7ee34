//! Sealers of this service, one per purpose. Labels are a part of the format of sealed values.

use service_kit::Sealer;

/// Sealers with key rotation.
pub struct Sealers {
    /// Of challenges, sealed into the ids of their pictures.
    pub pictures: Sealer,
    /// Of passes.
    pub passes: Sealer,
    /// Of device credentials.
    pub credentials: Sealer,
    /// Of assessments.
    pub assessments: Sealer,
}

impl Sealers {
    /// With the secrets that all replicas share; the first one seals.
    pub fn new(secrets: &[&[u8]]) -> Self {
        let sealer = |label| Sealer::with_rotation(secrets.iter().copied(), label);
        Self {
            pictures: sealer("captcha sealed picture"),
            passes: sealer("captcha sealed pass"),
            credentials: sealer("captcha sealed credential"),
            assessments: sealer("captcha sealed assessment"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_earlier_releases_open() {
        let sealers = Sealers::new(&[b"a captcha key of this installation"]);
        let cases = [
            (&sealers.pictures, "yVTRYQiNNPCPcSjbB18WimIsWTpm7E7BG6aW2YGkKIBI95nieLU8MVmu", &b"challenge key"[..]),
            (&sealers.passes, "8A3LCmdIHQI7FzIKxwzn9IGJEcEe8z8mrVUOKsXPWFz1GtLFP4WzCpp3", b""),
            (&sealers.credentials, "tofvvqexCn9enx5nLtabn_8qPEF9HwoifaBvYtxEegazTyETD_Yq797a", b""),
            (&sealers.assessments, "Xm9Xxwp1EYFPhDn6P-ubVT3V0brgVKOw4abOZVoxiGnOXnPmjJvEGBpU", b""),
        ];
        for (sealer, text, context) in cases {
            assert_eq!(sealer.open_array(text, context).as_ref(), Some(b"sealed before"), "{text}");
        }
    }
}
