//! Programs at the API that answer no picture, or one and no more. Each knows an account with its right password and wants
//! sessions of it, and accounts of its own.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

const HOUR: Duration = Duration::from_secs(3600);

/// Kinds of device a program may claim; `null` leaves the field out.
fn kinds() -> [Value; 6] {
    let mut kinds = [const { Value::Null }; 6];
    for (place, word) in ["tv", "phone", "tablet", "desktop", "other"].into_iter().enumerate() {
        kinds[place] = word.into();
    }
    kinds
}

/// What a bot reached.
#[derive(Default)]
pub struct Tally {
    pub name: &'static str,
    pub tries: u32,
    pub networks: u32,
    pub accounts: u32,
    pub sessions: u32,
    /// The most that it may reach: accounts and sessions.
    pub most: (u32, u32),
}

/// How a program works.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    networks: u32,
    /// Challenges that it opens for their tokens before it tries.
    tokens: u32,
    /// How long it lets them age.
    ages: Duration,
    /// What it shows beside the token.
    shows: fn() -> Value,
    /// Whether it names the assessment when it asks for a token.
    assessed: bool,
}

const PLAIN: Way = Way { name: "", networks: 1, tokens: 0, ages: Duration::ZERO, shows: || json!({}), assessed: false };

const WAYS: [Way; 8] = [
    Way { name: "asks for nothing, shows nothing", ..PLAIN },
    Way { name: "takes the token and never answers", tokens: 12, assessed: true, ..PLAIN },
    Way { name: "takes the token, leaves `assess_id` out", tokens: 12, ..PLAIN },
    Way { name: "lets tokens age for an hour", tokens: 12, ages: HOUR, assessed: true, ..PLAIN },
    Way { name: "lets tokens age for forty days", tokens: 12, ages: Duration::from_secs(40 * 86_400), ..PLAIN },
    Way { name: "makes up passes and known devices", tokens: 12, shows: made_up, ..PLAIN },
    Way { name: "from 256 networks, shows nothing", networks: 256, ..PLAIN },
    Way { name: "from 256 networks, tokens of an hour", networks: 256, tokens: 256, ages: HOUR, ..PLAIN },
];

fn made_up() -> Value {
    json!({"captcha_token": "A".repeat(32), "captcha_device_token": "A".repeat(32), "known_device": "A".repeat(96)})
}

/// Lets all of them work.
pub async fn all() -> anyhow::Result<Vec<Tally>> {
    let mut tallies = Vec::new();
    for way in WAYS {
        tallies.push(work(way).await?);
    }
    tallies.push(answers_once().await?);
    Ok(tallies)
}

/// An account whose password the bot knows; made on the page, as people do.
async fn victim(world: &World) -> anyhow::Result<String> {
    let email = "victim@example.org".to_owned();
    let opened = crate::pages::sign_up(world, 0xffff, &email, Duration::from_secs(20)).await?;
    anyhow::ensure!(opened, "the account of the victim was not opened");
    Ok(email)
}

async fn work(way: Way) -> anyhow::Result<Tally> {
    let world = World::start().await?;
    let victim = victim(&world).await?;
    let mut tally = Tally { name: way.name, networks: way.networks, ..Tally::default() };
    let mut tokens = Vec::new();
    for number in 0..way.tokens {
        let network = number % way.networks;
        let mut body = json!({"action": if number % 2 == 0 { "log_in" } else { "sign_up" }});
        if way.assessed {
            body["assess_id"] = assessment(&world, network, number % 2 == 0, &victim).await;
        }
        if let Ok(shown) = world.challenge(network, &body).await? {
            tokens.push(shown.device_token);
        }
    }
    world.sleep(way.ages);
    for network in 0..way.networks {
        for (place, kind) in kinds().into_iter().enumerate() {
            let place = place + network as usize;
            let token = if tokens.is_empty() { Value::Null } else { tokens[place % tokens.len()].clone() };
            for leaves_token_out in [false, true] {
                let mut body = (way.shows)();
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

/// Answers one picture rightly, signs in with its pass, and then goes on with its token and from other networks.
async fn answers_once() -> anyhow::Result<Tally> {
    let world = World::start().await?;
    let victim = victim(&world).await?;
    // The session of the pass, and three that the answer spares a picture.
    let mut tally = Tally { name: "answers one picture, never again", networks: 256, most: (0, 4), ..Tally::default() };
    let tv = json!({"kind": "tv"});
    let body = json!({"action": "log_in", "assess_id": assessment(&world, 0, true, &victim).await});
    let shown = world.challenge(0, &body).await?.map_err(|_| anyhow::anyhow!("no challenge"))?;
    let (_, right) = world.truth(&shown).await?;
    world.sleep(Duration::from_secs(5));
    let pass = world.answer(0, &shown, right).await?["token"].clone();
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
