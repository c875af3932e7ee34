//! Users: they open an account in an app or on the page, and sign in on their TV for four weeks.

use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::world::{PASSWORD, PresentedPicture, World};

/// Failed challenges before a user gives up.
const MAX_ATTEMPTS: u8 = 3;
/// Sign-ins of a user.
const SIGN_INS: u32 = 8;

/// Results of all simulated users.
#[derive(Default)]
pub struct UserResults {
    /// Attempted sign-ups and sign-ins.
    pub wanted: u32,
    /// Those that succeeded without a picture.
    pub unasked: u32,
    pub pictures: u32,
    /// Those that the phone served: the network had no passes left.
    pub by_phone: u32,
    /// Those that were given up.
    pub refused: u32,
}

impl UserResults {
    /// Records the last reply to a request; `true` when it was granted. A long wait means the phone: the network has no
    /// passes left.
    fn record(&mut self, reply: Option<&TestReply>) -> bool {
        let waits = |reply: &TestReply| reply.header("retry-after").parse().is_ok_and(|wait: u32| wait > 3600);
        match reply {
            Some(reply) if reply.status.as_u16() == 201 => return true,
            Some(reply) if reply.status.as_u16() == 429 && waits(reply) => self.by_phone += 1,
            _ => self.refused += 1,
        }
        false
    }
}

struct Person {
    network: u32,
    email: String,
    device_token: Value,
    known_device: Value,
    /// `true` when its TV keeps no tokens.
    forgets: bool,
}

fn happens(probability: f64) -> bool {
    rand::rng().random::<f64>() < probability
}

/// Simulates `count` users, ten behind each address.
pub async fn live(count: u32) -> anyhow::Result<UserResults> {
    let (world, mut results) = (World::start().await?, UserResults::default());
    let mut people = Vec::new();
    for number in 0..count {
        // A new user every four minutes.
        world.sleep(Duration::from_secs(240));
        let mut person = Person {
            network: number / 10,
            email: format!("person-{number}@example.org"),
            device_token: Value::Null,
            known_device: Value::Null,
            forgets: happens(0.05),
        };
        results.wanted += 1;
        let opened = if number.is_multiple_of(2) {
            let opened = crate::pages::sign_up(&world, person.network, &person.email, Duration::from_secs(25)).await?;
            results.unasked += u32::from(opened);
            results.refused += u32::from(!opened);
            opened
        } else {
            let reply = person.request(&world, "/api/v1/users", PASSWORD, &mut results).await?;
            results.record(reply.as_ref())
        };
        if opened {
            people.push(person);
        }
    }
    for _ in 0..SIGN_INS {
        for person in &mut people {
            world.sleep(Duration::from_secs(u64::from(86_400 * 28 / SIGN_INS / count.max(1))));
            person.sign_in(&world, &mut results).await?;
        }
    }
    world.stop().await?;
    Ok(results)
}

impl Person {
    /// Signs in; one in twelve attempts starts with a wrong password.
    async fn sign_in(&mut self, world: &World, results: &mut UserResults) -> anyhow::Result<()> {
        results.wanted += 1;
        if self.forgets {
            (self.device_token, self.known_device) = (Value::Null, Value::Null);
        }
        if happens(1.0 / 12.0) {
            self.request(world, "/api/v1/sessions", "three cats on a sofe", results).await?;
            world.sleep(Duration::from_secs(20));
        }
        let pictures = results.pictures;
        let reply = self.request(world, "/api/v1/sessions", PASSWORD, results).await?;
        if let Some(reply) = reply.filter(|reply| results.record(Some(reply))) {
            self.known_device = reply.json()["known_device"].clone();
            results.unasked += u32::from(results.pictures == pictures);
        }
        Ok(())
    }

    /// Sends a request, passes a required captcha and sends it again. `None` when the user gives up.
    async fn request(
        &mut self,
        world: &World,
        path: &str,
        password: &str,
        results: &mut UserResults,
    ) -> anyhow::Result<Option<TestReply>> {
        let mut body = json!({"email": self.email, "password": password, "device": {"kind": "tv"}});
        for (name, value) in [("captcha_device_token", &self.device_token), ("known_device", &self.known_device)] {
            if !value.is_null() && (name != "known_device" || path.ends_with("sessions")) {
                body[name] = value.clone();
            }
        }
        for _ in 0..MAX_ATTEMPTS {
            let reply = world.post(path, self.network, &body).await;
            match reply.status.as_u16() {
                403 => {}
                429 => return Ok(Some(reply)),
                _ => return Ok(Some(reply)),
            }
            let problem = reply.json();
            let mut body_of_challenge = json!({"action": problem["action"], "assess_id": problem["assess_id"]});
            if !self.device_token.is_null() {
                body_of_challenge["device_token"] = self.device_token.clone();
            }
            match world.challenge(self.network, &body_of_challenge).await? {
                Err(wait) if wait > Duration::from_secs(3600) => {} // the next reply says so too
                Err(wait) => world.sleep(wait),
                Ok(shown) => {
                    self.device_token = shown.device_token.clone();
                    let Some(pass) = self.solve(world, shown, results).await? else { continue };
                    (body["captcha_token"], body["captcha_device_token"]) = (pass, self.device_token.clone());
                }
            }
        }
        let last = world.post(path, self.network, &body).await;
        Ok(Some(last).filter(|reply| reply.status.as_u16() != 403))
    }

    /// Answers pictures until one is right. Users misread 4, 8 and 12 % at levels 1 to 3. `None` when the challenge
    /// fails.
    async fn solve(
        &self,
        world: &World,
        mut shown: PresentedPicture,
        results: &mut UserResults,
    ) -> anyhow::Result<Option<Value>> {
        loop {
            results.pictures += 1;
            let (level, right) = world.right_answer(&shown).await?;
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
