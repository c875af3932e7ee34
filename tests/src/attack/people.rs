//! People: they open an account in an app or on the page, sign in on their TV, and come back for four weeks.

use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::world::{PASSWORD, Shown, World};

/// Sessions that somebody loses before giving up.
const PATIENCE: u8 = 3;
/// Sign-ins of a person.
const VISITS: u32 = 8;

/// How the town fared.
#[derive(Default)]
pub struct Town {
    /// Sign-ups and sign-ins that were wanted.
    pub wanted: u32,
    /// Of these, let in without a picture.
    pub unasked: u32,
    pub pictures: u32,
    /// Given up.
    pub refused: u32,
}

struct Person {
    network: u32,
    email: String,
    device_token: Value,
    known_device: Value,
    /// Its television keeps nothing.
    forgets: bool,
}

fn happens(probability: f64) -> bool {
    rand::rng().random::<f64>() < probability
}

/// Lets so many people live, ten behind each address.
pub async fn live(count: u32) -> anyhow::Result<Town> {
    let (world, mut town) = (World::start().await?, Town::default());
    let mut people = Vec::new();
    for number in 0..count {
        // Somebody new every four minutes.
        world.sleep(Duration::from_secs(240));
        let mut person = Person {
            network: number / 10,
            email: format!("person-{number}@example.org"),
            device_token: Value::Null,
            known_device: Value::Null,
            forgets: happens(0.05),
        };
        town.wanted += 1;
        let opened = if number.is_multiple_of(2) {
            let opened = crate::pages::sign_up(&world, person.network, &person.email, Duration::from_secs(25)).await?;
            town.unasked += u32::from(opened);
            opened
        } else {
            person.asks(&world, "/api/v1/users", PASSWORD, &mut town).await?.is_some()
        };
        if opened {
            people.push(person);
        } else {
            town.refused += 1;
        }
    }
    for _ in 0..VISITS {
        for person in &mut people {
            world.sleep(Duration::from_secs(u64::from(86_400 * 28 / VISITS / count.max(1))));
            person.visits(&world, &mut town).await?;
        }
    }
    world.stop().await?;
    Ok(town)
}

impl Person {
    /// A sign-in. One in twelve types a wrong password first.
    async fn visits(&mut self, world: &World, town: &mut Town) -> anyhow::Result<()> {
        town.wanted += 1;
        if self.forgets {
            (self.device_token, self.known_device) = (Value::Null, Value::Null);
        }
        if happens(1.0 / 12.0) {
            self.asks(world, "/api/v1/sessions", "three cats on a sofe", town).await?;
            world.sleep(Duration::from_secs(20));
        }
        let pictures = town.pictures;
        match self.asks(world, "/api/v1/sessions", PASSWORD, town).await? {
            Some(reply) if reply.status.as_u16() == 201 => {
                self.known_device = reply.json()["known_device"].clone();
                town.unasked += u32::from(town.pictures == pictures);
            }
            _ => town.refused += 1,
        }
        Ok(())
    }

    /// Sends a request, solves what is asked for, and sends it again. `None` when this person gives up.
    async fn asks(
        &mut self,
        world: &World,
        path: &str,
        password: &str,
        town: &mut Town,
    ) -> anyhow::Result<Option<TestReply>> {
        let mut body = json!({"email": self.email, "password": password, "device": {"kind": "tv"}});
        for (name, value) in [("captcha_device_token", &self.device_token), ("known_device", &self.known_device)] {
            if !value.is_null() && (name != "known_device" || path.ends_with("sessions")) {
                body[name] = value.clone();
            }
        }
        for _ in 0..PATIENCE {
            let reply = world.post(path, self.network, &body).await;
            match reply.status.as_u16() {
                403 => {}
                429 => return Ok(None),
                _ => return Ok(Some(reply)),
            }
            let asked = reply.json();
            let mut wanted = json!({"action": asked["action"], "assess_id": asked["assess_id"]});
            if !self.device_token.is_null() {
                wanted["device_token"] = self.device_token.clone();
            }
            match world.challenge(self.network, &wanted).await? {
                Err(wait) => world.sleep(wait),
                Ok(shown) => {
                    self.device_token = shown.device_token.clone();
                    let Some(pass) = self.solves(world, shown, town).await? else { continue };
                    (body["captcha_token"], body["captcha_device_token"]) = (pass, self.device_token.clone());
                }
            }
        }
        let last = world.post(path, self.network, &body).await;
        Ok(Some(last).filter(|reply| !matches!(reply.status.as_u16(), 403 | 429)))
    }

    /// Answers pictures until one is right. People misread 4, 8 and 12 % at levels 1 to 3. `None` when the session is lost.
    async fn solves(&self, world: &World, mut shown: Shown, town: &mut Town) -> anyhow::Result<Option<Value>> {
        loop {
            town.pictures += 1;
            let (level, right) = world.truth(&shown).await?;
            let seconds = rand::rng().random_range(4.0..14.0);
            world.sleep(Duration::from_secs_f64(seconds));
            let misread = happens([0.04, 0.08, 0.12][usize::from(level.clamp(1, 3)) - 1]);
            let answer = if misread { rand::rng().random_range(10..=99) } else { right };
            let reply = world.answer(self.network, &shown, answer).await?;
            match reply["status"].as_str() {
                Some("passed") => return Ok(Some(reply["token"].clone())),
                Some("again") => shown.picture = reply["picture_id"].clone(),
                _ => {
                    let wait = reply["wait_s"].as_u64().unwrap_or(30);
                    world.sleep(Duration::from_secs(wait));
                    return Ok(None);
                }
            }
        }
    }
}
