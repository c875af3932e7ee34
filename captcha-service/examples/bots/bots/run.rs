//! Simulation of one bot.

use std::{ops::AddAssign, time::Duration};

use contracts::{Secret, captcha::assess::Decision, captcha::feedback::Outcome as Told};

use crate::{
    Outcome, chance,
    reader::Reader,
    world::{Answered, Shown, Visitor, World},
};

/// Strategy of a bot.
#[derive(Clone, Copy)]
pub struct Way {
    pub name: &'static str,
    pub reader: Reader,
    /// Solve time of a picture.
    pub pace: fn() -> Duration,
    /// Number of devices, each with its share of the days.
    pub devices: u32,
    /// Divisor of its days: some bots do in a day what others do in a year.
    pub one_in: u32,
    /// `true` to use a new device for each challenge.
    pub mints: bool,
    /// `true` to use another network for each challenge.
    pub roams: bool,
    /// Handling of a picture.
    pub answers: fn(&World, Shown, &Way) -> Outcome<Answered>,
    /// Handling of a pass; returns the number of sign-ins gained.
    pub uses: fn(&World, &Secret, &Visitor) -> Outcome<u32>,
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
    pub unasked: u32,
    /// Assessments that denied it or required another way to sign in.
    pub turned_away: u32,
    pub asked: u32,
}

impl AddAssign<Duration> for Tally {
    fn add_assign(&mut self, time: Duration) {
        self.days += time.as_secs_f64() / 86_400.0;
    }
}

/// Opens one challenge after the other until its days are over.
pub fn work(way: &Way, days: u32) -> Outcome<Tally> {
    let mut tally = Tally { name: way.name, ..Tally::default() };
    for device in 0..way.devices {
        let world = World::new()?;
        let end = Duration::from_secs(86_400) * days.div_ceil(way.devices * way.one_in).max(1);
        let mut visitor = Visitor::new(device * 256);
        let mut session = 0u32;
        while world.now() < end {
            session += 1;
            if way.roams {
                visitor.address = Visitor::new((device + session) * 256).address;
            }
            let (decision, assessment) = world.assess(&visitor)?;
            tally.asked += 1;
            tally.unasked += u32::from(decision == Decision::Allow);
            tally.turned_away += u32::from(matches!(decision, Decision::Deny | Decision::Alternative));
            match world.open(&mut visitor, Some(assessment))? {
                Ok(shown) => one_session(way, &world, shown, &visitor, &mut tally)?,
                Err(wait) => {
                    tally.refusals += 1;
                    world.sleep(wait + Duration::from_millis(100));
                }
            }
            if way.mints {
                visitor.token = None;
            }
        }
        tally += world.now();
    }
    Ok(tally)
}

fn one_session(way: &Way, world: &World, shown: Shown, visitor: &Visitor, tally: &mut Tally) -> Outcome<()> {
    let mut next = shown;
    loop {
        tally.pictures += 1;
        world.sleep((way.pace)());
        match (way.answers)(world, next, way)? {
            Answered::Passed(pass) => {
                tally.passes += 1;
                tally.logins += (way.uses)(world, &pass, visitor)?;
                return Ok(());
            }
            Answered::Again(shown) => next = shown,
            Answered::Closed(wait) => {
                // A bot with disposable devices does not wait for one.
                world.sleep(if way.mints { Duration::from_secs(1) } else { wait + Duration::from_millis(100) });
                return Ok(());
            }
        }
    }
}

/// Reads the picture and answers once.
pub fn once(world: &World, shown: Shown, way: &Way) -> Outcome<Answered> {
    world.answer(&shown, way.reader.read(&shown))
}

/// Replays one picture: the reading, then other candidates, until it passes or closes.
pub fn top_five(world: &World, shown: Shown, way: &Way) -> Outcome<Answered> {
    let mut answered = world.answer(&shown, way.reader.read(&shown))?;
    for _ in 0..4 {
        if matches!(answered, Answered::Passed(_) | Answered::Closed(_)) {
            break;
        }
        world.sleep(Duration::from_millis(1300));
        // The right answer is among its five candidates; the picture is the old one.
        let candidate = if chance::happens(0.5) { shown.truth } else { chance::guess() };
        answered = world.answer(&shown, candidate)?;
    }
    Ok(answered)
}

/// Never answers.
pub fn never(_: &World, _: Shown, _: &Way) -> Outcome<Answered> {
    Ok(Answered::Closed(Duration::ZERO))
}

/// Never answers, and returns with its credential an hour later.
pub fn never_for_an_hour(world: &World, shown: Shown, way: &Way) -> Outcome<Answered> {
    world.sleep(Duration::from_secs(3600));
    never(world, shown, way)
}

/// One sign-in per pass.
pub fn honestly(world: &World, pass: &Secret, visitor: &Visitor) -> Outcome<u32> {
    Ok(u32::from(world.redeem(pass, visitor)?.is_some()))
}

/// Redeems a pass once, and counts only further redemptions.
pub fn again(world: &World, pass: &Secret, visitor: &Visitor) -> Outcome<u32> {
    world.redeem(pass, visitor)?;
    let mut more = 0;
    for _ in 0..3 {
        world.sleep(Duration::from_secs(1));
        more += u32::from(world.redeem(pass, visitor)?.is_some());
    }
    Ok(more)
}

/// Sells the pass to the owner of another device.
pub fn sell(world: &World, pass: &Secret, visitor: &Visitor) -> Outcome<u32> {
    let mut buyer = Visitor::new(0x00ff_0000);
    // A device gets its credential with its first challenge.
    world.open(&mut buyer, None)?.ok();
    let sold = world.redeem(pass, &buyer)?.is_some();
    // The seller's own redemption comes too late.
    Ok(u32::from(sold || world.redeem(pass, visitor)?.is_some()))
}

/// Tries a wrong password.
pub fn guess_passwords(world: &World, pass: &Secret, visitor: &Visitor) -> Outcome<u32> {
    let Some(id) = world.redeem(pass, visitor)? else { return Ok(0) };
    world.tell(&id, Told::BadPassword)?;
    Ok(1)
}
