//! The header fields, read back by an independent parser of structured fields.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::time::Duration;

use actix_web::http::header::HeaderMap;
use limiter_lib::{
    Decision, Mode, Outcome, Policy, Quota, Source,
    actix::{HeaderFields, Profile, retry_after},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sfv::{BareItem, List, ListEntry, Parser};

fn policy(name: &str, quota: &str) -> Policy {
    Policy::new(name, quota.parse().unwrap()).unwrap()
}

/// An admission for a key that is idle again `until_idle` ticks from now.
fn allowed(policy: &Policy, until_idle: u64) -> Decision {
    Decision {
        policy: policy.clone(),
        outcome: Outcome::Allow,
        remaining: policy.rule().remaining(until_idle),
        reset_after: limiter_lib::gcra::duration(until_idle),
        source: Source::Store,
    }
}

fn denied(policy: &Policy, wait: u64) -> Decision {
    let retry_after = limiter_lib::gcra::duration(wait);
    Decision { outcome: Outcome::Deny { retry_after }, remaining: 0, reset_after: retry_after, ..allowed(policy, 0) }
}

fn written(profile: Profile, decisions: &[Decision]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let fields = HeaderFields::new(profile, decisions.iter().map(|decision| &decision.policy));
    fields.write(decisions, &mut headers);
    headers
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

/// Name and parameters of each item of a list.
fn items(text: &str) -> Vec<(String, Vec<(String, i64)>)> {
    let list: List = Parser::new(text).parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    let item = |entry: &ListEntry| {
        let ListEntry::Item(item) = entry else { panic!("{text}: an inner list") };
        let BareItem::String(name) = &item.bare_item else { panic!("{text}: no string") };
        let parameter = |(key, value): (&sfv::Key, &BareItem)| {
            (key.as_str().to_owned(), value.as_integer().map(i64::from).expect("an integer"))
        };
        (name.as_str().to_owned(), item.params.iter().map(parameter).collect())
    };
    list.iter().map(item).collect()
}

fn parameters(pairs: [(&str, u64); 2]) -> Vec<(String, i64)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), i64::try_from(*value).unwrap())).collect()
}

/// An independent computation: whole seconds, rounded up, in 128 bits.
fn seconds(ticks: u64) -> u64 {
    u64::try_from(u128::from(ticks).div_ceil(16_000_000)).unwrap()
}

/// The refill time of a burst: the least whole seconds in which that many units are refilled.
fn window(quota: Quota) -> u64 {
    let needed = quota.per().as_nanos() * u128::from(quota.burst());
    let enough = |seconds: &u64| u128::from(*seconds) * 1_000_000_000 * u128::from(quota.units()) >= needed;
    let near = u64::try_from(needed / (1_000_000_000 * u128::from(quota.units()))).unwrap();
    (near.max(1)..).find(enough).unwrap()
}

fn random_policy(random: &mut StdRng, number: usize) -> Policy {
    loop {
        let per = Duration::from_micros(1 << random.random_range(0..46_u32)).mul_f64(random.random_range(1.0..2.0));
        let units = 1 << random.random_range(0..22_u32);
        let magnitude = random.random_range(0..22_u32);
        let burst = 1 + random.random_range(0..1_u32 << magnitude);
        let mode = if random.random_ratio(1, 8) { Mode::Shadow } else { Mode::Enforce };
        if let Ok(quota) = Quota::new(units, per).and_then(|quota| quota.with_burst(burst)) {
            return Policy::new(&format!("p{number}._-{}", random.random::<u16>()), quota).unwrap().mode(mode);
        }
    }
}

fn random_decision(random: &mut StdRng, policy: &Policy) -> (Decision, u64) {
    let rule = policy.rule();
    match random.random_range(0..4) {
        0 => {
            let wait = random.random_range(1..=rule.tolerance);
            (denied(policy, wait), seconds(wait))
        }
        1 => {
            // No units left: some time into the last interval.
            let until_idle = rule.tolerance - random.random_range(0..rule.interval);
            (allowed(policy, until_idle), seconds(until_idle - (rule.tolerance - rule.interval)))
        }
        _ => {
            let until_idle = random.random_range(0..=rule.tolerance - rule.interval);
            (allowed(policy, until_idle), seconds(until_idle))
        }
    }
}

#[test]
fn a_hundred_thousand_decisions_are_read_back_as_written() {
    let mut random = StdRng::seed_from_u64(9_651);
    let mut seen = 0;
    while seen < 100_000 {
        let count = random.random_range(1..=8);
        let policies: Vec<Policy> = (0..count).map(|number| random_policy(&mut random, number)).collect();
        let generated: Vec<(Decision, u64)> =
            policies.iter().map(|policy| random_decision(&mut random, policy)).collect();
        seen += generated.len();
        let enforced: Vec<&(Decision, u64)> =
            generated.iter().filter(|(decision, _)| decision.policy.get_mode() == Mode::Enforce).collect();
        let decisions: Vec<Decision> = generated.iter().map(|(decision, _)| decision.clone()).collect();
        let (profile, left, time) =
            if random.random() { (Profile::Draft10, "r", "t") } else { (Profile::Draft11, "a", "w") };

        let headers = written(profile, &decisions);
        if enforced.is_empty() {
            assert!(headers.is_empty());
            continue;
        }
        let limits: Vec<_> = enforced
            .iter()
            .map(|(decision, wait)| {
                let pairs = [(left, decision.remaining.into()), (time, *wait)];
                (decision.policy.name().to_owned(), parameters(pairs))
            })
            .collect();
        assert_eq!(items(text(&headers, "ratelimit").unwrap()), limits);
        let quotas: Vec<_> = enforced
            .iter()
            .map(|(decision, _)| {
                let window = window(decision.policy.quota());
                let pairs = [("q", decision.policy.quota().burst().into()), ("w", window)];
                (decision.policy.name().to_owned(), parameters(pairs))
            })
            .collect();
        assert_eq!(items(text(&headers, "ratelimit-policy").unwrap()), quotas);
    }
}

#[test]
fn the_fields_read_as_in_the_draft() {
    let api = policy("api", "100/1m");
    let daily = policy("daily", "1000/1d");
    let second = api.rule().interval;
    let headers = written(Profile::Draft10, &[allowed(&api, second), denied(&daily, 16_000_001)]);
    assert_eq!(text(&headers, "ratelimit-policy"), Some("\"api\";q=100;w=60, \"daily\";q=1000;w=86400"));
    assert_eq!(text(&headers, "ratelimit"), Some("\"api\";r=99;t=1, \"daily\";r=0;t=2"));
}

#[test]
fn the_next_draft_renames_the_remaining_units_and_the_time() {
    let api = policy("api", "100/1m");
    let headers = written(Profile::Draft11, &[allowed(&api, api.rule().interval * 2)]);
    assert_eq!(text(&headers, "ratelimit-policy"), Some("\"api\";q=100;w=60"));
    assert_eq!(text(&headers, "ratelimit"), Some("\"api\";a=98;w=2"));
}

#[test]
fn a_window_is_at_least_a_second() {
    let headers = written(Profile::Draft10, &[allowed(&policy("fast", "1000/1s burst 3"), 0)]);
    assert_eq!(text(&headers, "ratelimit-policy"), Some("\"fast\";q=3;w=1"));
    assert_eq!(text(&headers, "ratelimit"), Some("\"fast\";r=3;t=0"));
}

#[test]
fn a_window_is_the_one_of_the_quota_though_its_units_do_not_divide_it() {
    for (quota, window) in [("7/1m", 60), ("9/1m", 60), ("999/1h", 3_600), ("7/1m burst 14", 120), ("3/1s burst 7", 3)]
    {
        let headers = written(Profile::Draft10, &[allowed(&policy("api", quota), 0)]);
        let text = text(&headers, "ratelimit-policy").unwrap();
        assert!(text.ends_with(&format!(";w={window}")), "{quota}: {text}");
    }
}

#[test]
fn a_shadow_is_not_reported() {
    let shadow = policy("trial", "1/1m").mode(Mode::Shadow);
    for profile in [Profile::Draft10, Profile::Draft11, Profile::XRateLimit, Profile::None] {
        assert!(written(profile, &[denied(&shadow, 5)]).is_empty(), "{profile:?}");
    }
}

#[test]
fn the_old_fields_report_the_tightest_limit() {
    let minute = policy("minute", "60/1m");
    let hour = policy("hour", "100/1h");
    let second = minute.rule().interval;
    let headers = written(Profile::XRateLimit, &[allowed(&minute, second * 20), allowed(&hour, 1)]);
    let three = |headers: &HeaderMap| {
        ["limit", "remaining", "reset"].map(|name| text(headers, &format!("x-ratelimit-{name}")).unwrap().to_owned())
    };
    assert_eq!(three(&headers), ["60", "40", "20"]);
    assert!(text(&headers, "ratelimit").is_none() && text(&headers, "ratelimit-policy").is_none());

    let headers = written(Profile::XRateLimit, &[allowed(&minute, 60 * second), denied(&hour, 36 * second)]);
    assert_eq!(three(&headers), ["100", "0", "36"]);
}

#[test]
fn two_layers_join_their_lists_and_keep_the_tighter_of_the_old_fields() {
    let (outer, inner) = (policy("outer", "10/1m"), policy("inner", "5/1m"));
    for (first, second) in [(&outer, &inner), (&inner, &outer)] {
        let mut headers = HeaderMap::new();
        for (policy, profile) in [
            (first, Profile::Draft10),
            (second, Profile::Draft10),
            (first, Profile::XRateLimit),
            (second, Profile::XRateLimit),
        ] {
            HeaderFields::new(profile, [policy]).write(&[allowed(policy, 0)], &mut headers);
        }
        let names: Vec<String> =
            items(text(&headers, "ratelimit").unwrap()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [first.name(), second.name()]);
        assert_eq!(headers.get_all("ratelimit").count(), 1);
        assert_eq!(items(text(&headers, "ratelimit-policy").unwrap()).len(), 2);
        assert_eq!(text(&headers, "x-ratelimit-limit"), Some("5"));
    }
}

#[test]
fn retry_after_is_never_early_and_never_zero() {
    assert_eq!(retry_after(Duration::ZERO, 0), 1);
    assert_eq!(retry_after(Duration::from_nanos(1), 0), 1);
    assert_eq!(retry_after(Duration::from_secs(1), 0), 1);
    assert_eq!(retry_after(Duration::from_nanos(1_000_000_001), 0), 2);
    assert_eq!(retry_after(Duration::MAX, 0), u64::MAX);
}

#[test]
fn jitter_is_late_by_at_most_a_tenth() {
    let wait = Duration::from_secs(1_000);
    let mut different = std::collections::BTreeSet::new();
    for _ in 0..1_000 {
        let seconds = retry_after(wait, 200);
        assert!((1_000..=1_100).contains(&seconds), "{seconds}");
        different.insert(seconds);
    }
    assert!(different.len() > 20, "{different:?}");
    let _ = retry_after(Duration::MAX, 10);
}
