//! What other services and operators call: introspection, keys, status.

use crate::auth::devices::DeviceKind;
use crate::auth::oauth::{
    Audience, AuthorizeDevice, AuthorizeDeviceRequest, AuthorizeDeviceResponse, CheckRequest, CheckRequestQuery,
    CheckRequestResponse, GetJwks, GetOpenidConfiguration, GetServerMetadata, GetUserinfo, GetUserinfoResponse,
    GrantTokens, GrantTokensRequest, GrantTokensResponse, Introspect, IntrospectRequest, IntrospectResponse, Jwk,
    JwkSet, RevokeToken, RevokeTokenRequest, RevokeTokenResponse, ServerMetadata, Subject,
};
use crate::auth::permissions::FILMS_PLAY_SUBSCRIPTION;
use crate::auth::roles::SUBSCRIBER;
use crate::auth::status::{GetAuthStatus, GetAuthStatusResponse, PartitionAlarm, PartitionsStatus};
use crate::examples::{Example, Examples, world};
use crate::status::{Health, LimitsStatus, StorageStatus};

const ISSUER: &str = "https://auth.example";

fn methods() -> Vec<String> {
    ["none", "client_secret_basic", "client_secret_post"].map(str::to_owned).to_vec()
}

impl Examples for GrantTokens {
    fn example() -> Example<Self> {
        let body = GrantTokensRequest {
            grant_type: "refresh_token".to_owned(),
            client_id: Some("marquee".to_owned()),
            refresh_token: Some(world::secret("refresh-token")),
            ..GrantTokensRequest::default()
        };
        let output = GrantTokensResponse {
            access_token: world::secret("access-token"),
            token_type: "Bearer".to_owned(),
            expires_in: 600,
            refresh_token: Some(world::secret("next-refresh-token")),
            refresh_expires_in: Some(2_592_000),
            session_id: Some(world::TV_SESSION),
            id_token: None,
            scope: None,
        };
        Example::new("refreshed", "The next pair of a session", output).body(body)
    }
}

impl Examples for AuthorizeDevice {
    fn example() -> Example<Self> {
        let body = AuthorizeDeviceRequest {
            client_id: Some("marquee".to_owned()),
            device_kind: Some(DeviceKind::Tv),
            device_name: Some("Living room TV".to_owned()),
            ..AuthorizeDeviceRequest::default()
        };
        let output = AuthorizeDeviceResponse {
            device_code: world::secret("device-code"),
            user_code: "WDJB-MJHT".to_owned(),
            verification_uri: format!("{ISSUER}/activate"),
            verification_uri_complete: format!("{ISSUER}/activate?code=WDJB-MJHT"),
            expires_in: 600,
            interval: 5,
        };
        Example::new("tv", "A TV that shows a code", output).body(body)
    }
}

impl Examples for RevokeToken {
    fn example() -> Example<Self> {
        let body = RevokeTokenRequest {
            token: world::secret("refresh-token"),
            client_id: Some("marquee".to_owned()),
            ..RevokeTokenRequest::default()
        };
        Example::new("revoked", "A session ends", RevokeTokenResponse {}).body(body)
    }
}

impl Examples for Introspect {
    fn example() -> Example<Self> {
        let output = IntrospectResponse {
            active: true,
            sub: Some(Subject::User(world::ANNA)),
            client_id: Some("marquee".to_owned()),
            aud: Some(Audience::One("marquee".to_owned())),
            sid: Some(world::TV_SESSION),
            exp: Some(1_774_038_300),
            iat: Some(1_774_037_400),
            iss: Some(ISSUER.to_owned()),
            jti: Some("01960000-0000-7000-8000-0000000000e1".to_owned()),
            token_type: Some("Bearer".to_owned()),
            roles: Some(vec![SUBSCRIBER.to_owned()]),
            permissions: Some(vec![FILMS_PLAY_SUBSCRIPTION.to_owned()]),
            age: Some(35),
            age_limit: Some(18),
            region: Some(world::REGION.to_owned()),
            scope: None,
        };
        Example::new("active", "A valid token", output)
            .body(IntrospectRequest { token: world::secret("access-token"), token_type_hint: None })
    }

    fn more() -> Vec<Example<Self>> {
        let inactive = Example::new("inactive", "An expired, revoked or unknown token", IntrospectResponse::default())
            .body(IntrospectRequest { token: world::secret("expired-token"), token_type_hint: None });
        let output = IntrospectResponse {
            active: true,
            sub: Some(Subject::Client("client:reports".to_owned())),
            client_id: Some("reports".to_owned()),
            aud: Some(Audience::One("marquee".to_owned())),
            exp: Some(1_774_038_300),
            iat: Some(1_774_037_400),
            iss: Some(ISSUER.to_owned()),
            jti: Some("01960000-0000-7000-8000-0000000000e2".to_owned()),
            token_type: Some("Bearer".to_owned()),
            ..IntrospectResponse::default()
        };
        let of_client = Example::new("of_client", "A token of a client itself: no session, no user", output)
            .body(IntrospectRequest { token: world::secret("client-token"), token_type_hint: None });
        vec![inactive, of_client]
    }
}

impl Examples for CheckRequest {
    fn example() -> Example<Self> {
        let query = CheckRequestQuery { permission: Some(FILMS_PLAY_SUBSCRIPTION.to_owned()), ..Default::default() };
        let output = CheckRequestResponse { user_id: world::ANNA, session_id: world::TV_SESSION };
        Example::new("allowed", "A request of a subscriber", output).query(query)
    }
}

impl Examples for GetJwks {
    fn example() -> Example<Self> {
        let owned = |text: &str| Some(text.to_owned());
        // RFC 7517, appendix A.1
        let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
                       tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ\
                       vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awap\
                       JzKnqDKgw";
        let rsa = Jwk {
            kty: "RSA".to_owned(),
            kid: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs".to_owned(),
            key_use: "sig".to_owned(),
            alg: "RS256".to_owned(),
            n: owned(modulus),
            e: owned("AQAB"),
            ..Jwk::default()
        };
        let ed25519 = Jwk {
            kty: "OKP".to_owned(),
            kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".to_owned(),
            key_use: "sig".to_owned(),
            alg: "EdDSA".to_owned(),
            crv: owned("Ed25519"),
            x: owned("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), // RFC 8037, appendix A.2
            ..Jwk::default()
        };
        let keys = vec![rsa, ed25519];
        Example::new("two_keys", "The key that signs, and a former one of another type", JwkSet { keys })
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn metadata() -> ServerMetadata {
    ServerMetadata {
        issuer: ISSUER.to_owned(),
        authorization_endpoint: format!("{ISSUER}/oauth2/authorize"),
        jwks_uri: format!("{ISSUER}/.well-known/jwks.json"),
        token_endpoint: format!("{ISSUER}/oauth2/token"),
        token_endpoint_auth_methods_supported: methods(),
        grant_types_supported: texts(&["authorization_code", "refresh_token", "client_credentials"]),
        device_authorization_endpoint: format!("{ISSUER}/oauth2/device_authorization"),
        revocation_endpoint: format!("{ISSUER}/oauth2/revoke"),
        revocation_endpoint_auth_methods_supported: methods(),
        introspection_endpoint: format!("{ISSUER}/oauth2/introspect"),
        introspection_endpoint_auth_methods_supported: vec!["client_secret_basic".to_owned()],
        response_types_supported: texts(&["code"]),
        response_modes_supported: texts(&["query"]),
        code_challenge_methods_supported: texts(&["S256"]),
        authorization_response_iss_parameter_supported: true,
        scopes_supported: texts(&["openid", "email", "profile"]),
        userinfo_endpoint: format!("{ISSUER}/oauth2/userinfo"),
        subject_types_supported: texts(&["public"]),
        id_token_signing_alg_values_supported: texts(&["RS256"]),
        claims_supported: texts(&["sub", "auth_time", "email", "email_verified", "name"]),
        request_uri_parameter_supported: false,
    }
}

impl Examples for GetServerMetadata {
    fn example() -> Example<Self> {
        Example::new("metadata", "The metadata of one installation", metadata())
    }
}

impl Examples for GetOpenidConfiguration {
    fn example() -> Example<Self> {
        Example::new("metadata", "The metadata of one installation", metadata())
    }
}

impl Examples for GetUserinfo {
    fn example() -> Example<Self> {
        let output = GetUserinfoResponse {
            sub: world::ANNA,
            email: Some(world::EMAIL.to_owned()),
            email_verified: Some(true),
            name: Some("Anna".to_owned()),
        };
        Example::new("anna", "The user of a token with the scopes openid, email and profile", output)
    }
}

fn status(alarms: Vec<PartitionAlarm>) -> GetAuthStatusResponse {
    let health = if alarms.is_empty() { Health::Pass } else { Health::Warn };
    GetAuthStatusResponse {
        status: health,
        version: world::VERSION.to_owned(),
        partitions: PartitionsStatus {
            status: health,
            checked_at: Some(world::at("2026-03-20T20:00:00Z")),
            leader: true,
            alarms,
        },
        storage: StorageStatus::of(true),
        limits: LimitsStatus { status: Health::Pass, shared: true, degraded: false },
    }
}

impl Examples for GetAuthStatus {
    fn example() -> Example<Self> {
        Example::new("healthy", "All parts work", status(Vec::new()))
    }

    fn more() -> Vec<Example<Self>> {
        let alarm = PartitionAlarm {
            kind: "month_missing".to_owned(),
            what: "sign_ins has no partition for 2026-05".to_owned(),
        };
        vec![Example::new("with_alarm", "A partition is missing", status(vec![alarm]))]
    }
}
