//! ID tokens that must be rejected.

use crate::cinema::Cinema;
use crate::provider::{inject_fault, new_login};

/// Faults of ID tokens that `tests/interop/provider.mjs` injects.
const FAULTS: [&str; 11] = [
    "audience",
    "issuer",
    "nonce",
    "no-nonce",
    "expired",
    "no-subject",
    "authorized-party",
    "strange-key",
    "unsigned",
    "client-secret",
    "garbage",
];

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn an_id_token_with_any_fault_does_not_sign_in() {
    let cinema = Cinema::open();
    for fault in FAULTS {
        let login = new_login();
        inject_fault(&login, fault).await;
        let reply = cinema.sign_in(&login).await;
        assert_eq!(reply.status.as_u16(), 502, "{fault}: {}", reply.text());
        reply.assert_problem(502, "social.provider_failed");
    }
    cinema.sign_in(&new_login()).await.assert_status(201);
}
