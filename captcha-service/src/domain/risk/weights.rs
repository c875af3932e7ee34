//! Points per risk signal, configurable by a file. The version is logged with every decision.

use serde::Deserialize;

/// Points, levels, and their version.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Logged with every decision.
    pub version: String,
    /// Points per risk signal.
    pub points: Points,
    /// Score thresholds.
    pub levels: Levels,
}

impl Default for Weights {
    fn default() -> Self {
        Self { version: "1".into(), points: Points::default(), levels: Levels::default() }
    }
}

/// Points per risk signal.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Points {
    /// An answer in less than 1.2 s. Decays with a half-life of 15 minutes, as do the next and `bad_password`.
    pub too_fast: i32,
    /// An answer in less than 0.12 s per key press that it takes with arrows.
    pub beats_thumbs: i32,
    /// More than 6 answers a minute.
    pub suspicious_rate: i32,
    /// More than 10 answers a minute.
    pub impossible_rate: i32,
    /// Solve times that vary by less than `even_spread`.
    pub even_times: i32,
    /// Threshold of standard deviation over mean of solve times; below it they look like a timer's.
    pub even_spread: f32,
    /// More than 15 right answers and no wrong one in ten minutes.
    pub straight_passes: i32,
    /// More wrong answers than right ones, of six or more in ten minutes.
    pub mostly_wrong: i32,
    /// Ten or more unanswered pictures in ten minutes.
    pub harvest: i32,
    /// A credential younger than an hour.
    pub young_device: i32,
    /// No credential, or one without a valid waiver.
    pub unknown_device: i32,
    /// More than 20 new devices of one network in ten minutes.
    pub many_new_devices: i32,
    /// More than 100 of them.
    pub very_many_new_devices: i32,
    /// An address of a hosting provider.
    pub hosting_network: i32,
    /// A TLS handshake of another platform.
    pub tls_mismatch: i32,
    /// A user agent that cannot exist.
    pub impossible_agent: i32,
    /// Failed sign-ins lately, as counted by the calling service.
    pub failed_tries: i32,
    /// A wrong password after a pass.
    pub bad_password: i32,
    /// Fraud after a pass.
    pub fraud: i32,
    /// A credential of a month with good sign-ins; negative.
    pub trusted_device: i32,
}

impl Default for Points {
    fn default() -> Self {
        Self {
            too_fast: 60,
            beats_thumbs: 20,
            suspicious_rate: 20,
            impossible_rate: 60,
            even_times: 40,
            even_spread: 0.10,
            straight_passes: 30,
            mostly_wrong: 20,
            harvest: 20,
            young_device: 15,
            unknown_device: 25,
            many_new_devices: 15,
            very_many_new_devices: 40,
            hosting_network: 25,
            tls_mismatch: 15,
            impossible_agent: 15,
            failed_tries: 30,
            bad_password: 10,
            fraud: 60,
            trusted_device: -40,
        }
    }
}

/// Score thresholds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Levels {
    /// Challenge of level 1.
    pub one: u8,
    /// Challenge of level 2.
    pub two: u8,
    /// Challenge of level 3.
    pub three: u8,
    /// No challenge; another way to sign in.
    pub alternative: u8,
}

impl Default for Levels {
    fn default() -> Self {
        Self { one: 20, two: 50, three: 80, alternative: 95 }
    }
}

/// Reason why weights are invalid.
#[derive(Debug, Clone, thiserror::Error)]
pub enum InvalidWeights {
    /// Not TOML of this shape.
    #[error("{0}")]
    Shape(String),
    /// Out of bounds.
    #[error("{0}")]
    Bounds(&'static str),
}

impl Weights {
    /// Parses TOML; omitted values keep their defaults.
    ///
    /// # Errors
    /// [`InvalidWeights`].
    pub fn parse(text: &str) -> Result<Self, InvalidWeights> {
        let weights: Self = toml::from_str(text).map_err(|error| InvalidWeights::Shape(error.to_string()))?;
        weights.check()?;
        Ok(weights)
    }

    fn check(&self) -> Result<(), InvalidWeights> {
        let Levels { one, two, three, alternative } = self.levels;
        if self.version.is_empty() || self.version.len() > 64 {
            return Err(InvalidWeights::Bounds("version has 1 to 64 characters"));
        }
        if !(one <= two && two <= three && three <= alternative && alternative <= 100) {
            return Err(InvalidWeights::Bounds("levels must rise from one to two, three and alternative, up to 100"));
        }
        let points = &self.points;
        let all = [
            points.too_fast,
            points.beats_thumbs,
            points.suspicious_rate,
            points.impossible_rate,
            points.even_times,
            points.straight_passes,
            points.mostly_wrong,
            points.harvest,
            points.young_device,
            points.unknown_device,
            points.many_new_devices,
            points.very_many_new_devices,
            points.hosting_network,
            points.tls_mismatch,
            points.impossible_agent,
            points.failed_tries,
            points.bad_password,
            points.fraud,
            points.trusted_device,
        ];
        if all.iter().any(|worth| !(-100..=100).contains(worth)) || !(0.0..=1.0).contains(&points.even_spread) {
            return Err(InvalidWeights::Bounds("points are -100 to 100, and even_spread is 0 to 1"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_what_it_names() {
        let weights = Weights::parse("version = \"7\"\npoints.unknown_device = 0\nlevels.one = 30").unwrap();
        assert_eq!((weights.version.as_str(), weights.points.unknown_device, weights.levels.one), ("7", 0, 30));
        assert_eq!(weights.points.too_fast, 60);
        assert_eq!(Weights::parse("").unwrap(), Weights::default());
    }

    #[test]
    fn invalid_weights_are_rejected() {
        let bad = [
            "points.unknown = 1",
            "points.too_fast = 101",
            "levels.one = 60",
            "version = \"\"",
            "points.even_spread = 2.0",
        ];
        for text in bad {
            assert!(Weights::parse(text).is_err(), "{text}");
        }
    }
}
