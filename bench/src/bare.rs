//! The baseline: a minimal actix route in a process of its own with one worker.

use std::process::ExitCode;

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::say;

/// Serves one fixed JSON body until it is killed.
pub fn serve() -> anyhow::Result<ExitCode> {
    actix_web::rt::System::new().block_on(async {
        let app = || {
            let bare = async || HttpResponse::Ok().content_type("application/json").body(r#"{"status":"pass"}"#);
            App::new().route("/bare", web::get().to(bare))
        };
        let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0")?;
        say(&serde_json::json!({"address": server.addrs().first()}).to_string());
        server.run().await
    })?;
    Ok(ExitCode::SUCCESS)
}
