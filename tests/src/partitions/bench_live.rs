//! The live migration alone: `bench-live URL [ROWS]`.

mod live;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_default();
    let rows = arguments.next().map_or(Ok(2_000_000), |text| text.parse())?;
    let report = live::run(&url, rows).await?;
    use std::io::Write;
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}
