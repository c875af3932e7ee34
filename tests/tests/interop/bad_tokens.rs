//! ID tokens that nobody may be signed in with.

use crate::cinema::Cinema;
use crate::elsewhere::{somebody, spoil};

/// What `tests/interop/provider.mjs` can spoil.
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
async fn an_id_token_with_anything_wrong_signs_nobody_in() {
    let cinema = Cinema::open();
    for fault in FAULTS {
        let login = somebody();
        spoil(&login, fault).await;
        let reply = cinema.sign_in(&login).await;
        assert_eq!(reply.status.as_u16(), 502, "{fault}: {}", reply.text());
        reply.assert_problem(502, "social.provider_failed");
    }
    cinema.sign_in(&somebody()).await.assert_status(201);
}
