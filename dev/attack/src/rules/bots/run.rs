//! Simulation of one bot.

use std::time::Duration;

use contracts::captcha::{Action, assess::Decision};

use super::{gains::Gains, strategy::Strategy};
use crate::{
    Outcome,
    world::{AnswerResult, Client, PictureView, World},
};

const DAY: Duration = Duration::from_secs(86_400);

/// Result of a bot.
#[derive(Clone, Default)]
pub struct Tally {
    pub name: &'static str,
    /// Device days.
    pub days: f64,
    pub pictures: u32,
    /// What it gained from each network.
    pub gains: Gains,
    /// Passes that `siteverify` accepted.
    pub accepted: u32,
    /// Assessments that would have let it sign in without a picture.
    pub allowed: u32,
    pub assessments: u32,
}

/// A device of a bot, and the time of its next step.
struct Device {
    client: Client,
    ready: Duration,
}

/// Lets the devices of a bot act in the order of time until its days are over.
pub fn work(strategy: &Strategy, action: Action, days: u32) -> Outcome<Tally> {
    let mut tally = Tally { name: strategy.name, ..Tally::default() };
    let world = World::new()?;
    let mut devices = devices(strategy, action, &world)?;
    let (start, days) = (world.now(), days.div_ceil(strategy.devices * strategy.one_in).max(1));
    let end = start + DAY * days;
    let mut challenge = 0u32;
    while let Some(next) = devices.iter_mut().min_by_key(|device| device.ready).filter(|device| device.ready < end) {
        world.sleep(next.ready.saturating_sub(world.now()));
        challenge += 1;
        if strategy.new_network_each_time {
            next.client.address = Client::new(challenge * 256).address;
        }
        let wait = act(strategy, action, &world, &mut next.client, challenge, &mut tally)?;
        next.ready = world.now() + wait;
        if strategy.new_device_each_time {
            next.client.token = None;
        }
    }
    tally.days = f64::from(days * strategy.devices);
    Ok(tally)
}

/// Devices in one network, or each in its own. Old ones have had their credential for forty days.
fn devices(strategy: &Strategy, action: Action, world: &World) -> Outcome<Vec<Device>> {
    let mut devices = Vec::new();
    for number in 0..strategy.devices {
        let mut client = Client::new(if strategy.one_network { number } else { number * 256 });
        if strategy.old {
            // Its risk does not count against it later.
            world.open(&mut client, action, None, false)?.ok();
            world.sleep(Duration::from_secs(60));
        }
        devices.push(Device { client, ready: Duration::ZERO });
    }
    if strategy.old {
        world.sleep(DAY * 40);
    }
    Ok(devices)
}

/// One request of a device; returns the time that it waits before the next one.
fn act(
    strategy: &Strategy,
    action: Action,
    world: &World,
    client: &mut Client,
    challenge: u32,
    tally: &mut Tally,
) -> Outcome<Duration> {
    let (decision, assessment) = world.assess(client, action)?;
    tally.assessments += 1;
    if decision == Decision::Allow {
        tally.allowed += 1;
        tally.gains.entered(client.address, world.now(), 1);
        return Ok((strategy.pace)());
    }
    match world.open(client, action, Some(assessment), (strategy.listens)(challenge))? {
        Ok(view) => run_challenge(strategy, action, world, view, client, tally),
        Err(wait) => Ok(wait + Duration::from_millis(100)),
    }
}

fn run_challenge(
    strategy: &Strategy,
    action: Action,
    world: &World,
    view: PictureView,
    client: &Client,
    tally: &mut Tally,
) -> Outcome<Duration> {
    let (mut next, mut spoken) = (view, false);
    loop {
        tally.pictures += 1;
        spoken |= next.spoken;
        world.sleep((strategy.pace)());
        match (strategy.answers)(world, next, strategy)? {
            AnswerResult::Passed(pass) => {
                tally.gains.passed(client.address, world.now(), spoken);
                let accepted = (strategy.uses)(world, &pass, client, action)?;
                tally.accepted += accepted;
                tally.gains.entered(client.address, world.now(), accepted);
                return Ok(Duration::ZERO);
            }
            AnswerResult::Again(view) => next = view,
            // A bot with disposable devices does not wait for one.
            AnswerResult::Closed(_) if strategy.new_device_each_time => return Ok(Duration::from_secs(1)),
            AnswerResult::Closed(wait) => return Ok(wait + Duration::from_millis(100)),
        }
    }
}
