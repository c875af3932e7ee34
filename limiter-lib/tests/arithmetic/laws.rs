//! Laws of the single operations.

use std::time::Duration;

use limiter_lib::gcra::{self, MAX_TOLERANCE, Step};
use proptest::prelude::*;

use crate::{NOW, quotas, quotas_and_costs};

/// A quota with a cost, and a TAT anywhere from long idle to beyond the maximum.
fn states() -> impl Strategy<Value = (limiter_lib::gcra::Rule, u32, u64)> {
    (quotas_and_costs(), 0..=4_000_u64, any::<u64>()).prop_map(|((quota, cost), thousandths, rest)| {
        let rule = quota.rule();
        let ahead = (u128::from(rule.tolerance) * u128::from(thousandths) / 2_000) as u64 + rest % 3;
        (rule, cost, (NOW - rule.tolerance.min(NOW) / 2).saturating_add(ahead))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_wait_suffices_and_nothing_less_does((rule, cost, stored) in states()) {
        let increment = rule.interval * u64::from(cost);
        if let Step::Exceeds { wait, tat } = rule.decide(stored, NOW, increment) {
            prop_assert!(wait >= 1);
            let conforms = |after| matches!(rule.decide(tat, NOW + after, increment), Step::Conforms { .. });
            prop_assert!(conforms(wait));
            prop_assert!(!conforms(wait - 1));
        }
    }

    #[test]
    fn the_remaining_units_can_be_taken_and_no_more((rule, _, stored) in states()) {
        let until_idle = rule.base(stored, NOW) - NOW;
        let remaining = rule.remaining(until_idle);
        let conforms = |units: u64| matches!(rule.decide(stored, NOW, rule.interval * units), Step::Conforms { .. });
        prop_assert!(conforms(u64::from(remaining)));
        prop_assert!(!conforms(u64::from(remaining) + 1));
        prop_assert_eq!(rule.grant(stored, NOW, u32::MAX), remaining);
    }

    #[test]
    fn after_the_reset_the_whole_burst_is_available_and_not_before((rule, _, stored) in states()) {
        let until_idle = rule.base(stored, NOW) - NOW;
        let tat = NOW + until_idle;
        let whole = |after| matches!(rule.decide(tat, NOW + after, rule.tolerance), Step::Conforms { .. });
        prop_assert!(whole(until_idle));
        prop_assert!(until_idle == 0 || !whole(until_idle - 1));
    }

    #[test]
    fn a_refund_undoes_a_take((rule, cost, stored) in states()) {
        let increment = rule.interval * u64::from(cost);
        if let Step::Conforms { tat } = rule.decide(stored, NOW, increment) {
            prop_assert_eq!(rule.refund(tat, NOW, increment), rule.base(stored, NOW));
        }
    }

    #[test]
    fn a_refund_is_never_better_than_idle((rule, cost, stored) in states(), more in any::<u64>()) {
        let refunded = rule.refund(stored, NOW, rule.interval.saturating_mul(u64::from(cost)).saturating_add(more));
        prop_assert!(refunded >= NOW);
        prop_assert!(refunded <= rule.base(stored, NOW));
    }

    #[test]
    fn a_charge_is_a_take_where_one_conforms_and_else_empties((rule, cost, stored) in states()) {
        let increment = rule.interval * u64::from(cost);
        let expected = match rule.decide(stored, NOW, increment) {
            Step::Conforms { tat } => tat,
            Step::Exceeds { .. } => NOW + rule.tolerance,
        };
        prop_assert_eq!(rule.charge(stored, NOW, increment), expected);
        prop_assert_eq!(rule.charge(stored, NOW, u64::MAX), NOW + rule.tolerance);
    }

    #[test]
    fn a_grant_is_the_most_that_conforms((rule, wanted, stored) in states()) {
        let granted = rule.grant(stored, NOW, wanted);
        let conforms = |units: u32| matches!(rule.decide(stored, NOW, rule.interval * u64::from(units)), Step::Conforms { .. });
        prop_assert!(granted <= wanted);
        prop_assert!(conforms(granted));
        prop_assert!(granted == wanted || !conforms(granted + 1));
    }

    #[test]
    fn peeking_takes_nothing_and_is_never_refused((rule, _, stored) in states()) {
        prop_assert_eq!(rule.decide(stored, NOW, 0), Step::Conforms { tat: rule.base(stored, NOW) });
    }

    #[test]
    fn an_increment_is_right_up_to_the_burst_and_refused_beyond(quota in quotas(), units in any::<u32>()) {
        let rule = quota.rule();
        let increment = rule.increment(units);
        let conforms = matches!(rule.decide(0, NOW, increment), Step::Conforms { .. });
        prop_assert_eq!(conforms, units <= quota.burst());
        if conforms {
            prop_assert_eq!(increment, rule.interval * u64::from(units));
        }
    }

    #[test]
    fn a_queue_waits_for_all_but_the_free_units(quota in quotas(), free in any::<u32>(), taken in any::<u32>()) {
        let free = 1 + free % quota.burst();
        let taken = 1 + taken % quota.burst();
        let rule = quota.with_free(free).unwrap().rule();
        let delay = rule.delay(rule.interval * u64::from(taken));
        prop_assert_eq!(delay, rule.interval * u64::from(taken.saturating_sub(free)));
        prop_assert_eq!(quota.rule().delay(quota.rule().tolerance), 0, "a meter never delays");
    }

    #[test]
    fn durations_and_ticks_round_up(nanos in any::<u64>(), ticks in 0..=MAX_TOLERANCE) {
        let duration = Duration::from_nanos(nanos);
        let rounded = gcra::ticks(duration).unwrap();
        prop_assert!(gcra::duration(rounded) >= duration);
        prop_assert!((u128::from(rounded).max(1) - 1) * 1_000 < duration.as_nanos().max(1) * 16, "by less than a tick");
        prop_assert_eq!(gcra::ticks(gcra::duration(ticks)).map(|back| back - ticks < 2), Some(true));
        prop_assert!(gcra::duration(ticks).as_nanos() * 16 >= u128::from(ticks) * 1_000);
    }
}
