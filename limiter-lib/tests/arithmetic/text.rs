//! Quotas as text.

use std::time::Duration;

use limiter_lib::{InvalidQuota, Quota};
use proptest::prelude::*;

use crate::quotas;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_quota_is_read_back_as_it_was_written(quota in quotas(), free in any::<u32>()) {
        prop_assert_eq!(quota.to_string().parse(), Ok(quota));
        let queue = quota.with_free(1 + free % quota.burst()).unwrap();
        prop_assert_eq!(queue.to_string().parse(), Ok(queue));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        let _ = text.parse::<Quota>();
    }

    #[test]
    fn no_text_that_looks_like_a_quota_makes_it_panic(text in "[0-9.]{0,25}/[0-9.]{0,25}(ns|us|ms|s|m|h|d)( burst [0-9]{0,12})?( free [0-9]{0,12})?") {
        if let Ok(quota) = text.parse::<Quota>() {
            prop_assert_eq!(quota.to_string().parse(), Ok(quota));
        }
    }
}

#[test]
fn texts_are_parsed_as_written() {
    let second = Duration::from_secs(1);
    let texts = [
        ("100/1m", 100, 60 * second, 100, 100),
        ("5/1s burst 20", 5, second, 20, 20),
        ("10/1s burst 50 free 1", 10, second, 50, 1),
        ("10/1s free 1", 10, second, 10, 1),
        ("7/500ms", 7, second / 2, 7, 7),
        ("1/100us", 1, second / 10_000, 1, 1),
        ("1/100µs", 1, second / 10_000, 1, 1),
        ("1/63ns", 1, Duration::from_nanos(63), 1, 1),
        ("7/1.5h", 7, 5_400 * second, 7, 7),
        ("1/1d", 1, 86_400 * second, 1, 1),
        ("  3/1s   burst 4 ", 3, second, 4, 4),
    ];
    for (text, units, per, burst, free) in texts {
        let quota: Quota = text.parse().unwrap();
        assert_eq!((quota.units(), quota.per(), quota.burst(), quota.free()), (units, per, burst, free), "{text}");
    }
}

#[test]
fn bad_texts_are_refused() {
    let bad = [
        "",
        "5",
        "/",
        "5/",
        "/1s",
        "5/1",
        "5/s",
        "-5/1s",
        "+5/1s",
        "5/-1s",
        "5/1w",
        "5/1 s",
        "5 /1s",
        "5/1s burst",
        "5/1s burst x",
        "5/1s burst -1",
        "5/1s burst +1",
        "5/1s free",
        "5/1s 20",
        "5/1s burst 20 burst 20",
        "5/1s free 1 burst 20",
        "5/1s free 1 free 1",
        "5/1s burst 20 free 1 more",
        "5/1.2.3s",
        "5/.s",
        "5/1e3s",
        "5/infs",
        "5/nans",
        "4294967296/1s",
        "5/1s burst 4294967296",
        "5/1s,burst 20",
        "٥/1s",
        "5/99999999999999999999999999d",
    ];
    for text in bad {
        assert!(matches!(text.parse::<Quota>(), Err(InvalidQuota::Text(_))), "{text}: {:?}", text.parse::<Quota>());
    }
}

#[test]
fn quotas_that_cannot_be_are_refused() {
    let refused = [
        ("0/1s", InvalidQuota::Zero),
        ("5/0s", InvalidQuota::Zero),
        ("5/1s burst 0", InvalidQuota::Zero),
        ("5/1s free 0", InvalidQuota::Free),
        ("5/1s free 6", InvalidQuota::Free),
        ("5/1s burst 3 free 4", InvalidQuota::Free),
        ("16000001/1s", InvalidQuota::TooFast),
        ("1/367d", InvalidQuota::TooSlow),
        ("1/1d burst 367", InvalidQuota::TooSlow),
        ("1/5124095576030h", InvalidQuota::TooSlow),
    ];
    for (text, why) in refused {
        assert_eq!(text.parse::<Quota>(), Err(why), "{text}");
    }
    assert!("1/366d".parse::<Quota>().is_ok());
    assert!("16000000/1s".parse::<Quota>().is_ok());
}

#[test]
fn an_error_repeats_no_more_than_eighty_characters() {
    let Err(InvalidQuota::Text(repeated)) = "é".repeat(5_000).parse::<Quota>() else { panic!("not a quota") };
    assert_eq!(repeated.chars().count(), 80);
}
