//! Simulation of one bot.

use std::{ops::AddAssign, time::Duration};

use contracts::{Secret, captcha::assess::Decision, captcha::feedback::Outcome as SignInOutcome};

use crate::{
    Outcome, chance,
    reader::Reader,
    world::{AnswerResult, Client, PictureView, World},
};

/// Strategy of a bot.
#[derive(Clone, Copy)]
pub struct Strategy {
    pub name: &'static str,
    pub reader: Reader,
    /// Solve time of a picture.
    pub pace: fn() -> Duration,
    /// Number of devices, each with its share of the days.
    pub devices: u32,
    /// Divisor of its days: some bots do in a day what others do in a year.
    pub one_in: u32,
    /// `true` to use a new device for each challenge.
    pub new_device_each_time: bool,
    /// `true` to use another network for each challenge.
    pub new_network_each_time: bool,
    /// Handling of a picture.
    pub answers: fn(&World, PictureView, &Strategy) -> Outcome<AnswerResult>,
    /// Handling of a pass; returns the number of sign-ins gained.
    pub uses: fn(&World, &Secret, &Client) -> Outcome<u32>,
}

/// Result of a bot.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub name: &'static str,
    /// Device days.
    pub days: f64,
    pub pictures: u32,
    pub passes: u32,
    pub logins: u32,
    pub refusals: u32,
    /// Assessments that would have let it sign in without a picture.
    pub allowed: u32,
    /// Assessments that denied it or required another way to sign in.
    pub denied: u32,
    pub assessments: u32,
}

impl AddAssign<Duration> for Tally {
    fn add_assign(&mut self, time: Duration) {
        self.days += time.as_secs_f64() / 86_400.0;
    }
}

/// Opens one challenge after the other until its days are over.
pub fn work(strategy: &Strategy, days: u32) -> Outcome<Tally> {
    let mut tally = Tally { name: strategy.name, ..Tally::default() };
    for device in 0..strategy.devices {
        let world = World::new()?;
        let end = Duration::from_secs(86_400) * days.div_ceil(strategy.devices * strategy.one_in).max(1);
        let mut client = Client::new(device * 256);
        let mut challenge = 0u32;
        while world.now() < end {
            challenge += 1;
            if strategy.new_network_each_time {
                client.address = Client::new((device + challenge) * 256).address;
            }
            let (decision, assessment) = world.assess(&client)?;
            tally.assessments += 1;
            tally.allowed += u32::from(decision == Decision::Allow);
            tally.denied += u32::from(matches!(decision, Decision::Deny | Decision::Alternative));
            match world.open(&mut client, Some(assessment))? {
                Ok(view) => run_challenge(strategy, &world, view, &client, &mut tally)?,
                Err(wait) => {
                    tally.refusals += 1;
                    world.sleep(wait + Duration::from_millis(100));
                }
            }
            if strategy.new_device_each_time {
                client.token = None;
            }
        }
        tally += world.now();
    }
    Ok(tally)
}

fn run_challenge(
    strategy: &Strategy,
    world: &World,
    view: PictureView,
    client: &Client,
    tally: &mut Tally,
) -> Outcome<()> {
    let mut next = view;
    loop {
        tally.pictures += 1;
        world.sleep((strategy.pace)());
        match (strategy.answers)(world, next, strategy)? {
            AnswerResult::Passed(pass) => {
                tally.passes += 1;
                tally.logins += (strategy.uses)(world, &pass, client)?;
                return Ok(());
            }
            AnswerResult::Again(view) => next = view,
            AnswerResult::Closed(wait) => {
                // A bot with disposable devices does not wait for one.
                world.sleep(if strategy.new_device_each_time {
                    Duration::from_secs(1)
                } else {
                    wait + Duration::from_millis(100)
                });
                return Ok(());
            }
        }
    }
}

/// Reads the picture and answers once.
pub fn once(world: &World, view: PictureView, strategy: &Strategy) -> Outcome<AnswerResult> {
    world.answer(&view, strategy.reader.read(&view))
}

/// Replays one picture: the reading, then other candidates, until it passes or closes.
pub fn top_five(world: &World, view: PictureView, strategy: &Strategy) -> Outcome<AnswerResult> {
    let mut result = world.answer(&view, strategy.reader.read(&view))?;
    for _ in 0..4 {
        if matches!(result, AnswerResult::Passed(_) | AnswerResult::Closed(_)) {
            break;
        }
        world.sleep(Duration::from_millis(1300));
        // The right answer is among its five candidates; the picture is the old one.
        let candidate = if chance::happens(0.5) { view.right_answer } else { chance::guess() };
        result = world.answer(&view, candidate)?;
    }
    Ok(result)
}

/// Never answers.
pub fn never(_: &World, _: PictureView, _: &Strategy) -> Outcome<AnswerResult> {
    Ok(AnswerResult::Closed(Duration::ZERO))
}

/// Never answers, and returns with its credential an hour later.
pub fn never_for_an_hour(world: &World, view: PictureView, strategy: &Strategy) -> Outcome<AnswerResult> {
    world.sleep(Duration::from_secs(3600));
    never(world, view, strategy)
}

/// One sign-in per pass.
pub fn honestly(world: &World, pass: &Secret, client: &Client) -> Outcome<u32> {
    Ok(u32::from(world.redeem(pass, client)?.is_some()))
}

/// Redeems a pass once, and counts only further redemptions.
pub fn again(world: &World, pass: &Secret, client: &Client) -> Outcome<u32> {
    world.redeem(pass, client)?;
    let mut more = 0;
    for _ in 0..3 {
        world.sleep(Duration::from_secs(1));
        more += u32::from(world.redeem(pass, client)?.is_some());
    }
    Ok(more)
}

/// Sells the pass to the owner of another device.
pub fn sell(world: &World, pass: &Secret, client: &Client) -> Outcome<u32> {
    let mut buyer = Client::new(0x00ff_0000);
    // A device gets its credential with its first challenge.
    world.open(&mut buyer, None)?.ok();
    let sold = world.redeem(pass, &buyer)?.is_some();
    // The seller's own redemption comes too late.
    Ok(u32::from(sold || world.redeem(pass, client)?.is_some()))
}

/// Tries a wrong password.
pub fn guess_passwords(world: &World, pass: &Secret, client: &Client) -> Outcome<u32> {
    let Some(id) = world.redeem(pass, client)? else { return Ok(0) };
    world.report_outcome(&id, SignInOutcome::BadPassword)?;
    Ok(1)
}
