//! The measured servers: a minimal actix route, behind one middleware each, with one worker.

use actix_extensible_rate_limit::{RateLimiter, backend::SimpleInputFunctionBuilder};
use actix_web::{
    App, Error, HttpResponse, HttpServer,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    web::{self, Data, ServiceConfig},
};
use limiter_lib::{
    Limiter, MemoryStore, Policy, Quota,
    actix::{KeyBy, RateLimit},
    store::{GuardSettings, GuardedStore, RedisSettings, RedisStore},
};

use crate::{peers::extensible, table::print_line};

/// Never used up: the cost of an admission is measured.
const UNITS: u32 = 4_000_000;

/// The middleware around the route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bare,
    Memory,
    Redis,
    Extensible,
    Limitation,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Bare, Self::Memory, Self::Redis, Self::Extensible, Self::Limitation];

    /// The argument that starts it.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Memory => "memory",
            Self::Redis => "redis",
            Self::Extensible => "extensible",
            Self::Limitation => "limitation",
        }
    }

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare route",
            Self::Memory => "this library, in process",
            Self::Redis => "this library, guarded, over Redis",
            Self::Extensible => "actix-extensible-rate-limit 0.4, over Redis",
            Self::Limitation => "actix-limitation 0.6, over Redis",
        }
    }
}

/// Prints the address and serves until it is killed.
pub fn serve(argument: &str, redis: &str) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let (policy, per_hour) =
            (Policy::new("bench", Quota::per_second(UNITS)?)?, std::time::Duration::from_secs(3_600));
        let limited = |limiter: Limiter| {
            move || {
                App::new()
                    .wrap(RateLimit::new(limiter.clone()).policy(policy.clone(), KeyBy::address()))
                    .configure(routes)
            }
        };
        match Kind::ALL.iter().find(|kind| kind.argument() == argument) {
            Some(Kind::Memory) => run(limited(Limiter::new(MemoryStore::new(1 << 16)))).await,
            Some(Kind::Redis) => {
                let store = RedisStore::new(RedisSettings::from_url(redis)?)?;
                let replicas = store.replicas();
                run(limited(Limiter::new(GuardedStore::new(store, replicas, &GuardSettings::default())))).await
            }
            Some(Kind::Extensible) => {
                let backend = extensible(redis).await?;
                run(move || {
                    let input = SimpleInputFunctionBuilder::new(per_hour, u64::from(UNITS)).peer_ip_key().build();
                    App::new()
                        .wrap(RateLimiter::builder(backend.clone(), input).add_headers().build())
                        .configure(routes)
                })
                .await
            }
            Some(Kind::Limitation) => {
                let address = |request: &ServiceRequest| Some(format!("limitation:{}", request.peer_addr()?.ip()));
                let builder = actix_limitation::Limiter::builder(redis);
                let limiter = Data::new({ builder }.limit(UNITS as usize).period(per_hour).key_by(address).build()?);
                run(move || {
                    App::new()
                        .wrap(actix_limitation::RateLimiter::default())
                        .app_data(limiter.clone())
                        .configure(routes)
                })
                .await
            }
            _ => run(|| App::new().configure(routes)).await,
        }
    })
}

fn routes(app: &mut ServiceConfig) {
    let bare = async || HttpResponse::Ok().content_type("application/json").body(r#"{"status":"pass"}"#);
    app.route("/bare", web::get().to(bare));
}

async fn run<F, T, B>(app: F) -> anyhow::Result<()>
where
    F: Fn() -> App<T> + Send + Clone + 'static,
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    B: MessageBody + 'static,
{
    let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0")?;
    if let Some(address) = server.addrs().first() {
        print_line(&address.to_string());
    }
    Ok(server.run().await?)
}
