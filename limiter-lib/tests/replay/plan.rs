//! The load: limits of many kinds and sizes, and random requests, the same in every process for a seed.

use std::{collections::HashMap, time::Duration};

use limiter_lib::{Action, Key, LimitRequest, Mode, Policy, Quota};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Rates as units over seconds: slow ones, fast ones, and some that do not divide evenly into the limiter's ticks.
const RATES: [(u32, u64); 7] = [(3, 1), (7, 60), (1, 86_400), (999_983, 3_600), (100, 1), (5_000, 1), (50_000, 1)];
const BURSTS_OF_A_RATE: usize = 4;
const KEYS_OF_A_POLICY: usize = 12;

/// A limit on one subject.
pub struct Pair {
    pub policy: Policy,
    pub key: Key,
    pub units: u32,
    pub seconds: u64,
    pub burst: u32,
}

pub struct Plan {
    pub pairs: Vec<Pair>,
}

impl Plan {
    pub fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut pairs = Vec::new();
        for (units, seconds) in RATES {
            for _ in 0..BURSTS_OF_A_RATE {
                let number = pairs.len() / KEYS_OF_A_POLICY;
                let (quota, burst) = quota(&mut random, units, seconds);
                let mode = if number % 9 == 8 { Mode::Shadow } else { Mode::Enforce };
                let policy = Policy::new(&format!("p{number:02}"), quota).unwrap().mode(mode);
                pairs.extend((0..KEYS_OF_A_POLICY).map(|key| {
                    let key = Key::part("replay", &key.to_le_bytes());
                    Pair { policy: policy.clone(), key, units, seconds, burst }
                }));
            }
        }
        // Shuffled, so that the hot pairs do not depend on the rate.
        for index in (1..pairs.len()).rev() {
            pairs.swap(index, random.random_range(0..=index));
        }
        Self { pairs }
    }

    /// The names of the pairs in Redis.
    pub fn names(&self) -> HashMap<String, u32> {
        self.pairs.iter().zip(0..).map(|(pair, index)| (name(&pair.policy, pair.key), index)).collect()
    }

    /// One random call: the indexes of its pairs and the requests.
    pub fn call(&self, random: &mut StdRng) -> (Vec<u32>, Vec<LimitRequest>) {
        let count = if random.random_ratio(1, 20) { random.random_range(2..=4) } else { 1 };
        let mut indexes: Vec<u32> = (0..count).map(|_| self.any(random)).collect();
        if count > 1 && random.random_ratio(1, 5) {
            indexes[1] = indexes[0];
        }
        let requests = indexes.iter().map(|index| self.request(*index, count > 1, random)).collect();
        (indexes, requests)
    }

    /// A random pair, with a bias to hot ones.
    fn any(&self, random: &mut StdRng) -> u32 {
        let position: f64 = random.random_range(0.0..1.0);
        (position.powi(3) * self.pairs.len() as f64) as u32
    }

    fn request(&self, index: u32, several: bool, random: &mut StdRng) -> LimitRequest {
        let Pair { policy, key, burst, .. } = &self.pairs[index as usize];
        let few = random.random_range(1..=(*burst).min(5));
        let any = random.random_range(1..=*burst);
        let action = match random.random_range(0..100) {
            _ if several => Action::Take(few),
            0..4 => Action::Take(0),
            4..8 => Action::TakeUpTo(any.min(20)),
            8..12 => Action::Charge(few),
            12..15 => Action::Refund(few),
            15..20 => Action::Take(any),
            20..60 => Action::Take(1),
            _ => Action::Take(few),
        };
        LimitRequest { policy: policy.clone(), key: *key, action }
    }
}

/// A burst of 1 to 10⁶, small ones as often as large ones, that refills within a year.
fn quota(random: &mut StdRng, units: u32, seconds: u64) -> (Quota, u32) {
    let rate = Quota::new(units, Duration::from_secs(seconds)).unwrap();
    loop {
        let burst = 10f64.powf(random.random_range(0.0..6.0)) as u32;
        if let Ok(quota) = rate.with_burst(burst) {
            return (quota, burst);
        }
    }
}

/// The name of a key in Redis.
pub fn name(policy: &Policy, key: Key) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |position: u32| char::from(DIGITS[(key.to_u128() >> (6 * position) & 63) as usize]);
    format!("rl1:{{0}}:{}:{}", policy.name(), (0..22).map(digit).collect::<String>())
}
