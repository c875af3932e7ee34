//! What the server did, in the order in which it did it: the scripts of the store, which here also write down each
//! decision in the server's log. A log in a file outlives a server that is killed, whatever it had not answered yet.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use limiter_lib::store::redis::{DECIDE, JOIN, RedisSettings};

const HEAR_DECISION: &str = "
local said = {}
for i = 1, #reply do said[i] = string.format('%.0f', reply[i]) end
redis.log(redis.LOG_WARNING, 'DECIDED|' .. table.concat({ byte(kinds, 1, #kinds) }, ',') .. '|'
  .. table.concat(KEYS, ',', 2) .. '|' .. table.concat(ARGV, ',', 4) .. '|' .. table.concat(said, ','))
";
const HEAR_JOIN: &str = "
redis.log(redis.LOG_WARNING, 'JOINED|' .. (was or '') .. '|' .. run .. '|' .. string.format('%.0f', now) .. '|'
  .. table.concat(KEYS, ',', 2) .. '|' .. table.concat(ARGV, ',', 2))
";

/// Settings of a store whose server writes down what it does.
pub fn audited(settings: RedisSettings) -> RedisSettings {
    settings.scripts(before_last_return(DECIDE, HEAR_DECISION), before_last_return(JOIN, HEAR_JOIN))
}

fn before_last_return(script: &str, more: &str) -> String {
    let (head, last) = script.trim_end().rsplit_once('\n').unwrap();
    assert!(last.starts_with("return "), "the script ends with what it answers");
    format!("{head}{more}{last}")
}

/// One thing that the server did.
pub enum Event {
    Decided {
        now: i64,
        asks: Vec<Asked>,
    },
    Joined {
        now: i64,
        /// The server had no state.
        lost: bool,
        told: Vec<Told>,
    },
}

/// One limit of a call, as it was asked and answered.
pub struct Asked {
    pub pair: u32,
    pub kind: u8,
    pub last: bool,
    pub increment: i64,
    pub tolerance: i64,
    /// "Take up to": the units wanted, and those granted.
    pub up_to: Option<(i64, i64)>,
    pub said: i64,
}

pub const TAKE: u8 = 0;
pub const SHADOW: u8 = 2;
pub const UP_TO: u8 = 4;
pub const CHARGE: u8 = 6;
pub const REFUND: u8 = 8;

/// A TAT that a replica remembers.
pub struct Told {
    pub pair: u32,
    pub tat: i64,
    pub tolerance: i64,
}

/// Reads a server's log and gives `hear` all that it did. Gives the number of lines that a kill cut off.
pub fn read(log: &Path, names: &HashMap<String, u32>, mut hear: impl FnMut(Event)) -> usize {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(log).unwrap());
    let (mut line, mut cut) = (Vec::new(), 0);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).unwrap() == 0 {
            return cut;
        }
        let text = String::from_utf8_lossy(&line);
        let event = if let Some((_, rest)) = text.split_once("# DECIDED|") {
            decided(rest, names)
        } else if let Some((_, rest)) = text.split_once("# JOINED|") {
            joined(rest, names)
        } else {
            continue;
        };
        match event {
            Some(event) => hear(event),
            None => cut += 1,
        }
    }
}

fn numbers(text: &str) -> Option<Vec<i64>> {
    text.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
}

fn decided(text: &str, names: &HashMap<String, u32>) -> Option<Event> {
    let mut parts = text.strip_suffix('\n')?.split('|');
    let kinds = numbers(parts.next()?)?;
    let mut keys = parts.next()?.split(',');
    let mut arguments = numbers(parts.next()?)?.into_iter();
    let mut said = numbers(parts.next()?)?.into_iter();
    let now = said.next()?;
    let mut asks = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let pair = *names.get(keys.next()?)?;
        let (increment, tolerance) = (arguments.next()?, arguments.next()?);
        let (last, kind) = (kind % 2 == 1, (kind & !1) as u8);
        let wanted = if kind == UP_TO { Some(arguments.next()?) } else { None };
        let number = said.next()?;
        let up_to = if let Some(wanted) = wanted { Some((wanted, said.next()?)) } else { None };
        asks.push(Asked { pair, kind, last, increment, tolerance, up_to, said: number });
    }
    (said.next().is_none() && arguments.next().is_none() && keys.next().is_none())
        .then_some(Event::Decided { now, asks })
}

fn joined(text: &str, names: &HashMap<String, u32>) -> Option<Event> {
    let parts: Vec<&str> = text.strip_suffix('\n')?.split('|').collect();
    let [was, _run, now, keys, arguments] = parts[..] else { return None };
    let arguments = numbers(arguments)?;
    let keys = keys.split(',').filter(|key| !key.is_empty());
    let told = keys
        .zip(arguments.chunks_exact(2))
        .map(|(key, numbers)| Some(Told { pair: *names.get(key)?, tat: numbers[0], tolerance: numbers[1] }));
    let told = told.collect::<Option<Vec<_>>>()?;
    (told.len() * 2 == arguments.len()).then_some(Event::Joined { now: now.parse().ok()?, lost: was.is_empty(), told })
}
