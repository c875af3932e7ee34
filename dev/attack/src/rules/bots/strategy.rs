//! What bots do with pictures and passes.

use std::time::Duration;

use contracts::{Secret, captcha::Action, captcha::feedback::Outcome as SignInOutcome};

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
    /// `true` to ask for a spoken sum in the challenge with this number.
    pub listens: fn(u32) -> bool,
    /// Number of devices, which share its days.
    pub devices: u32,
    /// `true` when they are all in one network, otherwise each is in its own.
    pub one_network: bool,
    /// `true` when they are forty days old.
    pub old: bool,
    /// Divisor of its days: some bots do in a day what others do in a year.
    pub one_in: u32,
    /// `true` to use a new device for each challenge.
    pub new_device_each_time: bool,
    /// `true` to use another network for each challenge.
    pub new_network_each_time: bool,
    /// Handling of a picture.
    pub answers: fn(&World, PictureView, &Strategy) -> Outcome<AnswerResult>,
    /// Handling of a pass; returns the number of redemptions that gained something.
    pub uses: fn(&World, &Secret, &Client, Action) -> Outcome<u32>,
}

/// Asks for pictures.
pub fn looks(_: u32) -> bool {
    false
}

/// Asks for spoken sums.
pub fn listens(_: u32) -> bool {
    true
}

/// Asks for one after the other.
pub fn takes_turns(challenge: u32) -> bool {
    challenge.is_multiple_of(2)
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

/// One redemption per pass.
pub fn honestly(world: &World, pass: &Secret, client: &Client, action: Action) -> Outcome<u32> {
    Ok(u32::from(world.redeem(pass, client, action)?.is_some()))
}

/// Redeems a pass once, and counts only further redemptions.
pub fn again(world: &World, pass: &Secret, client: &Client, action: Action) -> Outcome<u32> {
    world.redeem(pass, client, action)?;
    let mut more = 0;
    for _ in 0..3 {
        world.sleep(Duration::from_secs(1));
        more += u32::from(world.redeem(pass, client, action)?.is_some());
    }
    Ok(more)
}

/// Sells the pass to the owner of another device.
pub fn sell(world: &World, pass: &Secret, client: &Client, action: Action) -> Outcome<u32> {
    let mut buyer = Client::new(0x00ff_0000);
    // A device gets its credential with its first challenge.
    world.open(&mut buyer, action, None, false)?.ok();
    let sold = world.redeem(pass, &buyer, action)?.is_some();
    // The seller's own redemption comes too late.
    Ok(u32::from(sold || world.redeem(pass, client, action)?.is_some()))
}

/// Tries a wrong password.
pub fn guess_passwords(world: &World, pass: &Secret, client: &Client, action: Action) -> Outcome<u32> {
    let Some(id) = world.redeem(pass, client, action)? else { return Ok(0) };
    world.report_outcome(&id, SignInOutcome::BadPassword)?;
    Ok(1)
}
