//! Costs of the limiter, each beside a baseline of the same run: the script alone, governor, a bare route, peers.
//!
//! `limiter-bench` measures all topics; `limiter-bench raw exact …` only the named ones. Baselines run between the
//! rounds, so noise of the machine shows in both.

mod closed;
mod cpu;
mod exact;
mod http;
mod load;
mod memory;
mod peers;
mod raw;
mod serve;
mod space;
mod table;

const ALL: [&str; 8] = ["raw", "exact", "leased", "peers", "denied", "memory", "space", "http"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments[..] {
        ["serve", kind, redis] => serve::serve(kind, redis),
        ["space", what] => runtime.block_on(space::fill(what)),
        [] => runtime.block_on(measure(&ALL)),
        _ => runtime.block_on(measure(&arguments)),
    }
}

async fn measure(topics: &[&str]) -> anyhow::Result<()> {
    table::print_line("\n## Limiter");
    for topic in topics {
        match *topic {
            "raw" => raw::measure()?,
            "exact" => exact::measure().await?,
            "leased" => exact::measure_leased().await?,
            "peers" => peers::measure().await?,
            "denied" => memory::measure_denied().await?,
            "memory" => memory::measure().await?,
            "space" => space::measure().await?,
            "http" => http::measure().await?,
            other => anyhow::bail!("`{other}` is none of {}", ALL.join(", ")),
        }
    }
    Ok(())
}
