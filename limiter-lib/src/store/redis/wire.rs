//! Encoding of calls as commands, and decoding of replies.

use std::borrow::Cow;

use deadpool_redis::redis::{self, Cmd, Script, Value};
use smallvec::SmallVec;
use tokio::sync::oneshot;

use super::{
    deny_cache::{CachedState, DenyCache, ServerReply},
    scripts::ALIVE,
    settings::RedisSettings,
};
use crate::{
    decision::Source,
    gcra::Rule,
    key::Key,
    policy::{Mode, Policy},
    store::{Action, LimitRequest, StoreError, StoreOutcome, StoreReplies, StoreReply},
};

/// The scripts, and the format of keys.
pub(super) struct Scripts {
    pub prefix: String,
    pub shards: u16,
    decide: Cow<'static, str>,
    decide_hash: String,
    join: Cow<'static, str>,
}

const LAST: u8 = 1;
const TAKE: u8 = 0;
const SHADOW: u8 = 2;
const UP_TO: u8 = 4;
const CHARGE: u8 = 6;
const REFUND: u8 = 8;

/// A call that waits for its reply.
pub(super) struct Call {
    pub requests: SmallVec<[LimitRequest; 1]>,
    pub shard: u16,
    pub reply_to: oneshot::Sender<Result<StoreReplies, StoreError>>,
}

impl Scripts {
    pub(super) fn new(settings: &RedisSettings) -> Self {
        Self {
            prefix: settings.prefix.clone(),
            shards: settings.shards(),
            decide_hash: Script::new(&settings.decide).get_hash().to_owned(),
            decide: settings.decide.clone(),
            join: settings.join.clone(),
        }
    }

    /// The shard of a key.
    pub(super) fn shard(&self, key: Key) -> u16 {
        (key.to_u128() >> 64) as u16 % self.shards
    }

    fn marker(&self, shard: u16) -> String {
        format!("{}:{{{shard}}}", self.prefix)
    }

    /// `rl1:{0}:login:` and the key in 22 characters.
    fn write_key(&self, name: &mut Vec<u8>, shard: u16, policy: &Policy, key: Key) {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        name.clear();
        name.extend_from_slice(self.prefix.as_bytes());
        name.extend_from_slice(b":{");
        name.extend_from_slice(itoa(shard, &mut [0; 5]));
        name.extend_from_slice(b"}:");
        name.extend_from_slice(policy.name().as_bytes());
        name.push(b':');
        let mut rest = key.to_u128();
        for _ in 0..22 {
            name.push(DIGITS[(rest & 63) as usize]);
            rest >>= 6;
        }
    }

    /// One command for calls of one shard. `with_source` sends the script itself, to a server that does not know it
    /// yet.
    pub(super) fn decide(&self, calls: &[Call], shard: u16, marker: &str, open: u64, with_source: bool) -> Cmd {
        let requests = || calls.iter().flat_map(|call| &call.requests);
        let count = requests().count();
        let mut command = Cmd::with_capacity(6 + 3 * count, 160 + 100 * count);
        if with_source {
            command.arg("EVAL").arg(&*self.decide);
        } else {
            command.arg("EVALSHA").arg(&self.decide_hash);
        }
        command.arg(count + 1).arg(self.marker(shard));
        let mut name = Vec::with_capacity(96);
        for request in requests() {
            self.write_key(&mut name, shard, &request.policy, request.key);
            command.arg(name.as_slice());
        }
        let mut kinds = Vec::with_capacity(count);
        for call in calls {
            kinds.extend(call.requests.iter().map(kind));
            if let Some(last) = kinds.last_mut() {
                *last |= LAST;
            }
        }
        command.arg(marker).arg(open).arg(kinds);
        for request in requests() {
            let rule = request.policy.rule();
            command.arg(increment(request, rule)).arg(rule.tolerance);
            if let Action::TakeUpTo(units) = request.action {
                command.arg(units);
            }
        }
        command
    }

    /// The command that joins the state of a shard and restores `states`.
    pub(super) fn join(&self, shard: u16, grace: u64, states: &[CachedState]) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(&*self.join).arg(states.len() + 1).arg(self.marker(shard));
        let mut name = Vec::with_capacity(96);
        for state in states {
            self.write_key(&mut name, shard, &state.policy, state.key);
            command.arg(name.as_slice());
        }
        command.arg(grace);
        for state in states {
            command.arg(state.tat).arg(state.policy.rule().tolerance);
        }
        command
    }

    /// The heartbeat of this replica, valid for `ttl_ms`.
    pub(super) fn heartbeat(&self, replica: &str, ttl_ms: u64) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(ALIVE).arg(1).arg(format!("{}:{{replicas}}", self.prefix)).arg(replica).arg(ttl_ms);
        command
    }
}

fn kind(request: &LimitRequest) -> u8 {
    match (request.action, request.policy.get_mode()) {
        (Action::Take(_), Mode::Enforce) => TAKE,
        (Action::Take(_), Mode::Shadow) => SHADOW,
        (Action::TakeUpTo(_), _) => UP_TO,
        (Action::Charge(_), _) => CHARGE,
        (Action::Refund(_), _) => REFUND,
    }
}

/// Ticks that a request adds to or subtracts from a TAT.
pub(super) fn increment(request: &LimitRequest, rule: Rule) -> u64 {
    match request.action {
        Action::Take(units) | Action::Charge(units) | Action::Refund(units) => rule.increment(units),
        Action::TakeUpTo(_) => rule.interval,
    }
}

/// Reads the reply to [`Scripts::decide`], records it in the cache and splits it by call. `None` for a malformed reply.
pub(super) fn read_replies(
    calls: &[Call],
    value: &Value,
    deny_cache: &DenyCache,
    sent_at: u64,
) -> Option<Vec<StoreReplies>> {
    let Value::Array(numbers) = value else { return None };
    let mut numbers = numbers.iter().map(|number| if let Value::Int(number) = number { Some(*number) } else { None });
    let server_now = u64::try_from(numbers.next()??).ok()?;
    let mut all = Vec::with_capacity(calls.len());
    for call in calls {
        let mut replies = StoreReplies::new();
        for request in &call.requests {
            let rule = request.policy.rule();
            let number = numbers.next()??;
            let added = increment(request, rule);
            let (outcome, tat, refused) = match u64::try_from(number) {
                Ok(until_idle) => {
                    let granted = match request.action {
                        Action::TakeUpTo(_) => u32::try_from(numbers.next()??).ok()?,
                        Action::Take(units) | Action::Charge(units) => units,
                        Action::Refund(_) => 0,
                    };
                    (StoreOutcome::Conforms { until_idle, granted }, server_now + until_idle, None)
                }
                Err(_) => {
                    let wait = number.unsigned_abs();
                    let tat = (server_now + rule.tolerance + wait).saturating_sub(added);
                    (StoreOutcome::Exceeds { wait }, tat, Some((added, wait)))
                }
            };
            let refunded = matches!(request.action, Action::Refund(_));
            deny_cache.record(
                &request.policy,
                request.key,
                ServerReply { tat, server_now, sent_at, refused, refunded },
            );
            replies.push(StoreReply { outcome, source: Source::Store });
        }
        all.push(replies);
    }
    Some(all)
}

/// A small number in digits.
fn itoa(mut number: u16, digits: &mut [u8; 5]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[at..];
        }
    }
}
