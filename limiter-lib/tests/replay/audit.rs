//! The decisions of the server in order: the scripts of the store, extended to write each decision to the server's log.
//! The log file survives a kill of the server, also for decisions without a reply.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use limiter_lib::store::redis::{DECIDE, JOIN, RedisSettings};

const LOG_DECISION: &str = "
local said = {}
for i = 1, #reply do said[i] = string.format('%.0f', reply[i]) end
redis.log(redis.LOG_WARNING, 'DECIDED|' .. table.concat({ byte(kinds, 1, #kinds) }, ',') .. '|'
  .. table.concat(KEYS, ',', 2) .. '|' .. table.concat(ARGV, ',', 4) .. '|' .. table.concat(said, ','))
";
const LOG_JOIN: &str = "
redis.log(redis.LOG_WARNING, 'JOINED|' .. (was or '') .. '|' .. run .. '|' .. string.format('%.0f', now) .. '|'
  .. table.concat(KEYS, ',', 2) .. '|' .. table.concat(ARGV, ',', 2))
";

/// Settings of a store with a server that logs its decisions.
pub fn with_logging(settings: RedisSettings) -> RedisSettings {
    settings.scripts(before_last_return(DECIDE, LOG_DECISION), before_last_return(JOIN, LOG_JOIN))
}

fn before_last_return(script: &str, more: &str) -> String {
    let (head, last) = script.trim_end().rsplit_once('\n').unwrap();
    assert!(last.starts_with("return "), "the script ends with what it answers");
    format!("{head}{more}{last}")
}

/// One event of the server.
pub enum Event {
    Decided {
        now: i64,
        requests: Vec<LoggedRequest>,
    },
    Joined {
        now: i64,
        /// `true` when the server had no state.
        state_lost: bool,
        restored: Vec<RestoredKey>,
    },
}

/// One limit of a call, with its reply.
pub struct LoggedRequest {
    pub pair: u32,
    pub kind: u8,
    pub last: bool,
    pub increment: i64,
    pub tolerance: i64,
    /// "Take up to": the units wanted, and those granted.
    pub up_to: Option<(i64, i64)>,
    pub reply: i64,
}

pub const TAKE: u8 = 0;
pub const SHADOW: u8 = 2;
pub const UP_TO: u8 = 4;
pub const CHARGE: u8 = 6;
pub const REFUND: u8 = 8;

/// A TAT from the cache of a replica.
pub struct RestoredKey {
    pub pair: u32,
    pub tat: i64,
    pub tolerance: i64,
}

/// Reads a server's log and passes each event to `on_event`. Returns the number of lines truncated by a kill.
pub fn read(log: &Path, names: &HashMap<String, u32>, mut on_event: impl FnMut(Event)) -> usize {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(log).unwrap());
    let (mut line, mut cut) = (Vec::new(), 0);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).unwrap() == 0 {
            return cut;
        }
        let text = String::from_utf8_lossy(&line);
        let event = if let Some((_, rest)) = text.split_once("# DECIDED|") {
            parse_decision(rest, names)
        } else if let Some((_, rest)) = text.split_once("# JOINED|") {
            parse_join(rest, names)
        } else {
            continue;
        };
        match event {
            Some(event) => on_event(event),
            None => cut += 1,
        }
    }
}

fn numbers(text: &str) -> Option<Vec<i64>> {
    text.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
}

fn parse_decision(text: &str, names: &HashMap<String, u32>) -> Option<Event> {
    let mut parts = text.strip_suffix('\n')?.split('|');
    let kinds = numbers(parts.next()?)?;
    let mut keys = parts.next()?.split(',');
    let mut arguments = numbers(parts.next()?)?.into_iter();
    let mut reply = numbers(parts.next()?)?.into_iter();
    let now = reply.next()?;
    let mut requests = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let pair = *names.get(keys.next()?)?;
        let (increment, tolerance) = (arguments.next()?, arguments.next()?);
        let (last, kind) = (kind % 2 == 1, (kind & !1) as u8);
        let wanted = if kind == UP_TO { Some(arguments.next()?) } else { None };
        let number = reply.next()?;
        let up_to = if let Some(wanted) = wanted { Some((wanted, reply.next()?)) } else { None };
        requests.push(LoggedRequest { pair, kind, last, increment, tolerance, up_to, reply: number });
    }
    (reply.next().is_none() && arguments.next().is_none() && keys.next().is_none())
        .then_some(Event::Decided { now, requests })
}

fn parse_join(text: &str, names: &HashMap<String, u32>) -> Option<Event> {
    let parts: Vec<&str> = text.strip_suffix('\n')?.split('|').collect();
    let [was, _run, now, keys, arguments] = parts[..] else { return None };
    let arguments = numbers(arguments)?;
    let keys = keys.split(',').filter(|key| !key.is_empty());
    let restored = keys
        .zip(arguments.chunks_exact(2))
        .map(|(key, numbers)| Some(RestoredKey { pair: *names.get(key)?, tat: numbers[0], tolerance: numbers[1] }));
    let restored = restored.collect::<Option<Vec<_>>>()?;
    (restored.len() * 2 == arguments.len()).then_some(Event::Joined {
        now: now.parse().ok()?,
        state_lost: was.is_empty(),
        restored,
    })
}
