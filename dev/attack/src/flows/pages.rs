//! Bots at the account page, which needs no captcha: they load forms and send them.

use std::time::Duration;

use anyhow::Context;

use crate::tally::Tally;
use crate::world::{PASSWORD, World};

/// Accounts per hour that the page opens for a network.
pub const BUDGET: u32 = 10;
const PATH: &str = "/account/sign-up";

/// A form loaded by a browser.
struct Form {
    cookies: String,
    token: String,
    nonce: String,
}

/// Runs all of them.
pub async fn all() -> anyhow::Result<Vec<Tally>> {
    Ok(vec![
        flood("page: sends forms at once", 1, Duration::ZERO).await?,
        flood("page: waits for each form", 1, Duration::from_secs(2)).await?,
        reuse().await?,
        flood("page: from 8 networks, waits for each form", 8, Duration::from_secs(2)).await?,
    ])
}

/// Signs up on the page, `waits` after it was loaded. `true` when there is an account.
pub async fn sign_up(world: &World, network: u32, email: &str, waits: Duration) -> anyhow::Result<bool> {
    let form = open(world, network).await?;
    world.sleep(waits);
    Ok(send(world, network, &form, email).await)
}

async fn open(world: &World, network: u32) -> anyhow::Result<Form> {
    let reply = world.browse(PATH, network, "", None).await;
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok()).collect();
    let cookies: Vec<_> = cookies.iter().filter_map(|line| line.split(';').next()).collect();
    let text = reply.text();
    let hidden = |name: &str| {
        let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    let token = hidden("form_token").context("a form")?;
    Ok(Form { cookies: cookies.join("; "), token, nonce: hidden("form_nonce").unwrap_or_default() })
}

async fn send(world: &World, network: u32, form: &Form, email: &str) -> bool {
    let fields = [("email", email), ("password", PASSWORD), ("form_token", &form.token), ("form_nonce", &form.nonce)];
    world.browse(PATH, network, &form.cookies, Some(&fields)).await.status.as_u16() == 303
}

/// Loads a form for each account, without pauses but `waits`.
async fn flood(name: &'static str, networks: u32, waits: Duration) -> anyhow::Result<Tally> {
    let world = World::start().await?;
    let most = if waits.is_zero() { 0 } else { BUDGET * networks };
    let mut tally = Tally { name, networks, most: (most, most), ..Tally::default() };
    for network in 0..networks {
        for _ in 0..BUDGET + 2 {
            tally.tries += 1;
            let email = format!("page-bot-{}@example.org", tally.tries);
            let opened = u32::from(sign_up(&world, network, &email, waits).await?);
            (tally.accounts, tally.sessions) = (tally.accounts + opened, tally.sessions + opened);
        }
    }
    world.stop().await?;
    Ok(tally)
}

/// Loads one form and sends it repeatedly.
async fn reuse() -> anyhow::Result<Tally> {
    let world = World::start().await?;
    let mut tally =
        Tally { name: "page: sends one form again and again", networks: 1, most: (1, 1), ..Tally::default() };
    let form = open(&world, 0).await?;
    world.sleep(Duration::from_secs(2));
    for _ in 0..40 {
        tally.tries += 1;
        let opened = u32::from(send(&world, 0, &form, &format!("page-bot-{}@example.org", tally.tries)).await);
        (tally.accounts, tally.sessions) = (tally.accounts + opened, tally.sessions + opened);
    }
    world.stop().await?;
    Ok(tally)
}
