//! Bots at the API that read every sum, from one network: they open accounts, or sessions of one account, for a day.

use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};

use crate::tally::{PASSES_A_DAY, Tally};
use crate::world::{PASSWORD, World};

const NETWORK: u32 = 7;
/// Pause between two requests. More than the passes and the sign-ins that they spare fit into a day.
const PAUSE: Duration = Duration::from_secs(300);
/// Sign-ins without a picture for each right answer.
const WAIVERS: u32 = 3;

/// Runs all of them.
pub async fn all() -> anyhow::Result<Vec<Tally>> {
    let sign_ups = Tally { name: "reads every sum: opens accounts", most: (PASSES_A_DAY, 0), ..Tally::default() };
    let most = (0, PASSES_A_DAY * (1 + WAIVERS));
    let sign_ins = Tally { name: "reads every sum: signs in", most, ..Tally::default() };
    Ok(vec![day("/api/v1/users", sign_ups).await?, day("/api/v1/sessions", sign_ins).await?])
}

async fn day(path: &str, tally: Tally) -> anyhow::Result<Tally> {
    let world = World::start().await?;
    let victim = crate::programs::victim(&world).await?;
    let mut tally = Tally { networks: 1, days: 1, ..tally };
    let mut device = Value::Null;
    for number in 0..200 {
        world.sleep(PAUSE);
        tally.tries += 1;
        let email = if path.ends_with("users") { format!("reader-{number}@example.org") } else { victim.clone() };
        let mut body = json!({"email": email, "password": PASSWORD, "device": {"kind": "tv"}});
        if !device.is_null() {
            body["captcha_device_token"] = device.clone();
        }
        let mut reply = world.post(path, NETWORK, &body).await;
        if reply.status.as_u16() == 403 {
            let problem = reply.json();
            // Every eighth time on a new device: quotas of one device would end it earlier.
            let known = if number % 8 == 0 { Value::Null } else { device.clone() };
            let Some((pass, used)) = read(&world, &problem, &known, &mut tally).await? else { continue };
            device = used;
            (body["captcha_token"], body["captcha_device_token"]) = (pass, device.clone());
            reply = world.post(path, NETWORK, &body).await;
        }
        match (reply.status.as_u16(), path.ends_with("users")) {
            (201, true) => tally.accounts += 1,
            (201, false) => tally.sessions += 1,
            _ => {}
        }
    }
    world.stop().await?;
    Ok(tally)
}

/// The pass of a challenge that was read, and the token of its device.
async fn read(
    world: &World,
    problem: &Value,
    device: &Value,
    tally: &mut Tally,
) -> anyhow::Result<Option<(Value, Value)>> {
    let mut body = json!({"action": problem["action"], "assess_id": problem["assess_id"]});
    if !device.is_null() {
        body["device_token"] = device.clone();
    }
    let Ok(mut shown) = world.challenge(NETWORK, &body).await? else { return Ok(None) };
    loop {
        let (_, right) = world.right_answer(&shown).await?;
        world.sleep(Duration::from_secs(5 + u64::from(right) % 7));
        let reply = world.answer(NETWORK, &shown, right).await?;
        match reply["status"].as_str().context("a status")? {
            "passed" => {
                tally.passes += 1;
                return Ok(Some((reply["token"].clone(), shown.device_token)));
            }
            "again" => shown.picture = reply["picture_id"].clone(),
            _ => return Ok(None),
        }
    }
}
