//! Bots at the API that answer at most one picture. Each knows the password of one account, and tries to open sessions
//! of it and new accounts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::tally::Tally;
use crate::world::{PASSWORD, World};

const HOUR: Duration = Duration::from_secs(3600);

/// Device kinds that a bot may claim; `null` omits the field.
fn kinds() -> [Value; 6] {
    let mut kinds = [const { Value::Null }; 6];
    for (index, word) in ["tv", "phone", "tablet", "desktop", "other"].into_iter().enumerate() {
        kinds[index] = word.into();
    }
    kinds
}

/// Strategy of a bot.
#[derive(Clone, Copy)]
struct Strategy {
    name: &'static str,
    networks: u32,
    /// Challenges that it opens for their tokens before its attempts.
    tokens: u32,
    /// Age of the tokens when it uses them.
    ages: Duration,
    /// Fields that it sends beside the token.
    shows: fn() -> Value,
    /// `true` when it sends the `assess_id` to get a token.
    assessed: bool,
}

const PLAIN: Strategy =
    Strategy { name: "", networks: 1, tokens: 0, ages: Duration::ZERO, shows: || json!({}), assessed: false };

const STRATEGIES: [Strategy; 8] = [
    Strategy { name: "asks for nothing, shows nothing", ..PLAIN },
    Strategy { name: "takes the token and never answers", tokens: 12, assessed: true, ..PLAIN },
    Strategy { name: "takes the token, leaves `assess_id` out", tokens: 12, ..PLAIN },
    Strategy { name: "lets tokens age for an hour", tokens: 12, ages: HOUR, assessed: true, ..PLAIN },
    Strategy { name: "lets tokens age for forty days", tokens: 12, ages: Duration::from_secs(40 * 86_400), ..PLAIN },
    Strategy { name: "makes up passes and known devices", tokens: 12, shows: made_up, ..PLAIN },
    Strategy { name: "from 256 networks, shows nothing", networks: 256, ..PLAIN },
    Strategy { name: "from 256 networks, tokens of an hour", networks: 256, tokens: 256, ages: HOUR, ..PLAIN },
];

fn made_up() -> Value {
    json!({"captcha_token": "A".repeat(32), "captcha_device_token": "A".repeat(32), "known_device": "A".repeat(96)})
}

/// Runs all of them.
pub async fn all() -> anyhow::Result<Vec<Tally>> {
    let mut tallies = Vec::new();
    for strategy in STRATEGIES {
        tallies.push(run(strategy).await?);
    }
    tallies.push(answers_once().await?);
    Ok(tallies)
}

/// Creates the victim's account on the page; the bot knows its password.
pub async fn victim(world: &World) -> anyhow::Result<String> {
    let email = "victim@example.org".to_owned();
    let opened = crate::pages::sign_up(world, 0xffff, &email, Duration::from_secs(20)).await?;
    anyhow::ensure!(opened, "the account of the victim was not opened");
    Ok(email)
}

async fn run(strategy: Strategy) -> anyhow::Result<Tally> {
    let world = World::start().await?;
    let victim = victim(&world).await?;
    let mut tally = Tally { name: strategy.name, networks: strategy.networks, ..Tally::default() };
    let mut tokens = Vec::new();
    for number in 0..strategy.tokens {
        let network = number % strategy.networks;
        let mut body = json!({"action": if number % 2 == 0 { "log_in" } else { "sign_up" }});
        if strategy.assessed {
            body["assess_id"] = assessment(&world, network, number % 2 == 0, &victim).await;
        }
        if let Ok(shown) = world.challenge(network, &body).await? {
            tokens.push(shown.device_token);
        }
    }
    world.sleep(strategy.ages);
    for network in 0..strategy.networks {
        for (index, kind) in kinds().into_iter().enumerate() {
            let index = index + network as usize;
            let token = if tokens.is_empty() { Value::Null } else { tokens[index % tokens.len()].clone() };
            for leaves_token_out in [false, true] {
                let mut body = (strategy.shows)();
                if !kind.is_null() {
                    body["device"] = json!({"kind": kind});
                }
                if !token.is_null() && !leaves_token_out && body["captcha_device_token"].is_null() {
                    body["captcha_device_token"] = token.clone();
                }
                attempt(&world, network, body, &victim, &mut tally).await;
            }
        }
    }
    world.stop().await?;
    Ok(tally)
}

/// One sign-in to the victim's account, and one sign-up.
async fn attempt(world: &World, network: u32, mut body: Value, victim: &str, tally: &mut Tally) {
    tally.tries += 2;
    (body["email"], body["password"]) = (victim.into(), PASSWORD.into());
    tally.sessions += u32::from(world.post("/api/v1/sessions", network, &body).await.status.as_u16() == 201);
    body["email"] = format!("bot-{}@example.org", tally.tries).into();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("known_device"); // no field of a sign-up
    }
    tally.accounts += u32::from(world.post("/api/v1/users", network, &body).await.status.as_u16() == 201);
}

/// The `assess_id` of a request that was refused.
async fn assessment(world: &World, network: u32, log_in: bool, victim: &str) -> Value {
    let path = if log_in { "/api/v1/sessions" } else { "/api/v1/users" };
    let email = if log_in { victim } else { "bot@example.org" };
    let body = json!({"email": email, "password": PASSWORD, "device": {"kind": "tv"}});
    world.post(path, network, &body).await.json()["assess_id"].clone()
}

/// Answers one picture correctly, signs in with its pass, then reuses its token, also from other networks.
async fn answers_once() -> anyhow::Result<Tally> {
    let world = World::start().await?;
    let victim = victim(&world).await?;
    // The session of the pass, and three more for which the answer waives the picture.
    let mut tally = Tally { name: "answers one picture, never again", networks: 256, most: (0, 4), ..Tally::default() };
    let tv = json!({"kind": "tv"});
    let body = json!({"action": "log_in", "assess_id": assessment(&world, 0, true, &victim).await});
    let shown = world.challenge(0, &body).await?.map_err(|_| anyhow::anyhow!("no challenge"))?;
    let (_, right) = world.right_answer(&shown).await?;
    world.sleep(Duration::from_secs(5));
    let pass = world.answer(0, &shown, right).await?["token"].clone();
    tally.passes += u32::from(pass.is_string());
    for network in 0..256 {
        for kind in kinds().into_iter().filter(|kind| !kind.is_null()) {
            let mut body = json!({"captcha_device_token": shown.device_token, "device": {"kind": kind}});
            if network == 0 && kind == tv["kind"] {
                body["captcha_token"] = pass.clone();
                attempt(&world, network, body.clone(), &victim, &mut tally).await;
                if let Some(fields) = body.as_object_mut() {
                    fields.remove("captcha_token");
                }
                for _ in 0..8 {
                    attempt(&world, network, body.clone(), &victim, &mut tally).await;
                }
            }
            attempt(&world, network, body, &victim, &mut tally).await;
        }
    }
    world.stop().await?;
    Ok(tally)
}
