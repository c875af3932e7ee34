//! Settings of social providers, as given.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

/// Sign-in by social providers.
#[derive(Debug, Clone, Args)]
pub struct ProviderArgs {
    /// Timeout of a call to a provider, 100ms to 30s. Too long and users wait for an unavailable provider; too short
    /// and slow ones count as unavailable.
    #[arg(long, global = true, env = "AUTH_SOCIAL_TIMEOUT", default_value = "5s")]
    pub social_timeout: String,
    /// Call providers at plain HTTP and in private networks too, also when names in settings resolve to them: true or
    /// false [default: false]. For companies with a provider of their own; otherwise a provider could make this service
    /// call its neighbours (SSRF).
    #[arg(long, global = true, env = "AUTH_SOCIAL_ALLOW_PRIVATE_HOSTS")]
    pub social_allow_private_hosts: Option<String>,

    /// Google: the application's id. Without it Google is not offered.
    #[arg(long, global = true, env = "AUTH_GOOGLE_CLIENT_ID")]
    pub google_client_id: Option<String>,
    /// Google: the application's secret. With a wrong one all sign-ins by Google fail.
    #[arg(long, global = true, env = "AUTH_GOOGLE_CLIENT_SECRET", hide_env_values = true)]
    pub google_client_secret: Option<SecretString>,
    /// File with this secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_GOOGLE_CLIENT_SECRET_FILE")]
    pub google_client_secret_file: Option<PathBuf>,
    /// Google: authorization endpoint for browsers. A wrong host could ask users for their passwords.
    #[arg(
        long,
        global = true,
        env = "AUTH_GOOGLE_AUTHORIZE_URL",
        default_value = "https://accounts.google.com/o/oauth2/v2/auth"
    )]
    pub google_authorize_url: String,
    /// Google: token endpoint. A wrong host gets the application's secret.
    #[arg(long, global = true, env = "AUTH_GOOGLE_TOKEN_URL", default_value = "https://oauth2.googleapis.com/token")]
    pub google_token_url: String,
    /// Google: UserInfo endpoint, for claims that the ID token lacks.
    #[arg(
        long,
        global = true,
        env = "AUTH_GOOGLE_USERINFO_URL",
        default_value = "https://openidconnect.googleapis.com/v1/userinfo"
    )]
    pub google_userinfo_url: String,
    /// Google: keys of ID tokens. The operator of this host can sign in as any user.
    #[arg(
        long,
        global = true,
        env = "AUTH_GOOGLE_JWKS_URL",
        default_value = "https://www.googleapis.com/oauth2/v3/certs"
    )]
    pub google_jwks_url: String,
    /// Google: revocation endpoint, called when an identity is unlinked.
    #[arg(long, global = true, env = "AUTH_GOOGLE_REVOKE_URL", default_value = "https://oauth2.googleapis.com/revoke")]
    pub google_revoke_url: String,

    /// Yandex ID: the application's id. Without it Yandex is not offered.
    #[arg(long, global = true, env = "AUTH_YANDEX_CLIENT_ID")]
    pub yandex_client_id: Option<String>,
    /// Yandex ID: the application's secret. With a wrong one all sign-ins by Yandex fail.
    #[arg(long, global = true, env = "AUTH_YANDEX_CLIENT_SECRET", hide_env_values = true)]
    pub yandex_client_secret: Option<SecretString>,
    /// File with this secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_YANDEX_CLIENT_SECRET_FILE")]
    pub yandex_client_secret_file: Option<PathBuf>,
    /// Yandex ID: the host of /authorize, /token and /revoke_token. A wrong host gets the application's secret.
    #[arg(long, global = true, env = "AUTH_YANDEX_OAUTH_URL", default_value = "https://oauth.yandex.ru")]
    pub yandex_oauth_url: String,
    /// Yandex ID: the host of /info. The operator of this host can sign in as any user.
    #[arg(long, global = true, env = "AUTH_YANDEX_API_URL", default_value = "https://login.yandex.ru")]
    pub yandex_api_url: String,

    /// VK ID: the application's id, a number. Without it VK ID is not offered. There is no secret.
    #[arg(long, global = true, env = "AUTH_VK_CLIENT_ID")]
    pub vk_client_id: Option<String>,
    /// VK ID: the accounts offered through it, separated by commas: vk, mail_ru, ok_ru. Those that are not enabled for
    /// the application at VK ID fail there.
    #[arg(long, global = true, env = "AUTH_VK_PROVIDERS", default_value = "vk")]
    pub vk_providers: String,
    /// VK ID: the host of /authorize and /oauth2. The operator of this host can sign in as any user.
    #[arg(long, global = true, env = "AUTH_VK_URL", default_value = "https://id.vk.ru")]
    pub vk_url: String,

    /// Mail, by an application of oauth.mail.ru that is older than July 2025: its id. Without it Mail is offered only
    /// if AUTH_VK_PROVIDERS contains it.
    #[arg(long, global = true, env = "AUTH_MAIL_RU_CLIENT_ID")]
    pub mail_ru_client_id: Option<String>,
    /// Mail: the application's secret. With a wrong one all sign-ins by Mail fail.
    #[arg(long, global = true, env = "AUTH_MAIL_RU_CLIENT_SECRET", hide_env_values = true)]
    pub mail_ru_client_secret: Option<SecretString>,
    /// File with this secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_MAIL_RU_CLIENT_SECRET_FILE")]
    pub mail_ru_client_secret_file: Option<PathBuf>,
    /// Mail: the host of /login, /token and /userinfo. The operator of this host can sign in as any user.
    #[arg(long, global = true, env = "AUTH_MAIL_RU_URL", default_value = "https://oauth.mail.ru")]
    pub mail_ru_url: String,

    /// Any OpenID Connect provider: the application's id there. Without it there is none.
    #[arg(long, global = true, env = "AUTH_OIDC_CLIENT_ID")]
    pub oidc_client_id: Option<String>,
    /// OpenID Connect: the application's secret; leave it out for a public client.
    #[arg(long, global = true, env = "AUTH_OIDC_CLIENT_SECRET", hide_env_values = true)]
    pub oidc_client_secret: Option<SecretString>,
    /// File with this secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_OIDC_CLIENT_SECRET_FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,
    /// OpenID Connect: the issuer, spelled exactly as in its discovery document. Another issuer under the same id would
    /// let its users into the accounts of the first one's users: change AUTH_OIDC_ID with it.
    #[arg(long, global = true, env = "AUTH_OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,
    /// OpenID Connect: label of its button.
    #[arg(long, global = true, env = "AUTH_OIDC_NAME", default_value = "OpenID")]
    pub oidc_name: String,
    /// OpenID Connect: its name in URLs and in the database, of a-z, 0-9 and _. After a change, existing users of this
    /// provider are not recognised.
    #[arg(long, global = true, env = "AUTH_OIDC_ID", default_value = "oidc")]
    pub oidc_id: String,
    /// OpenID Connect: scopes, separated by spaces. Without email users have to type theirs.
    #[arg(long, global = true, env = "AUTH_OIDC_SCOPES", default_value = "openid email profile")]
    pub oidc_scopes: String,
    /// OpenID Connect: trust addresses that it calls verified: true or false [default: false]. Only if it hosts these
    /// mailboxes: otherwise anyone who registers there with another person's address can sign in as that person.
    #[arg(long, global = true, env = "AUTH_OIDC_TRUST_EMAIL")]
    pub oidc_trust_email: Option<String>,
}
