//! Broken object level authorization (OWASP API1:2023): user A with every object of user B, and operators without the
//! permission that an operation declares. Who calls is decided by the token alone.

use contracts::Endpoint;
use contracts::auth::ENDPOINTS;
use contracts::auth::oauth::GetUserinfo;
use contracts::auth::permissions::{AUDIT_READ, FILMS_WRITE, ROLES_MANAGE, USERS_MANAGE};
use contracts::endpoint::Auth;
use contracts::ids::UserId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::addresses::support::{NEW_PASSWORD, other};
use crate::app::{SignedIn, TestApp, TestUser, unique_email};
use crate::pages::browser::{Browser, PageReply};
use crate::social::support::{Cinema, person};

/// What belongs to B: the account, a second session, a linked account, and codes in their mailboxes.
struct Objects {
    user: TestUser,
    here: SignedIn,
    session: SignedIn,
    social_account: String,
    reset: String,
    reset_code: String,
    new_email: String,
    change_code: String,
    release_code: String,
}

impl Objects {
    async fn of_a_new_user(cinema: &Cinema) -> Self {
        let (user, here) = cinema.mailbox_owner().await;
        cinema.link("google", &here, person("b")).await.assert_status(201);
        let reset = cinema.ask_reset(&user.email).await;
        let reset_code = cinema.code_to(&user.email).await;
        let new_email = unique_email();
        cinema.ask_change(&here, &new_email).await.assert_status(202);
        Self {
            session: cinema.signed_in(&user).await,
            social_account: cinema.linked(&here).await[0].1.clone(),
            change_code: cinema.code_to(&new_email).await,
            release_code: cinema.code_to(&user.email).await,
            reset,
            reset_code,
            new_email,
            user,
            here,
        }
    }

    /// Texts that only B may see.
    fn private(&self) -> [&str; 6] {
        let sessions = [self.here.session.as_str(), self.session.session.as_str()];
        [&self.user.id, &self.user.email, sessions[0], sessions[1], &self.social_account, &self.new_email]
    }

    /// Asserts that B still has all of them, by using them up.
    async fn assert_untouched(&self, cinema: &Cinema) {
        for session in [&self.here, &self.session] {
            let me = cinema.me(&session.access).await.assert_status(200);
            assert_eq!(me["user"]["email"], self.user.email.as_str());
            assert_eq!(me["email_change"]["email"], self.new_email.as_str());
        }
        assert_eq!(cinema.linked(&self.here).await, [("google".to_owned(), self.social_account.clone())]);
        let codes = json!({"code": self.change_code, "present_code": self.release_code});
        cinema.confirm_change(&self.here, codes).await.assert_status(204);
        cinema.log_in(&self.new_email, &self.user.password).await.assert_status(201);
    }
}

/// Every way to present one of B's objects as A: method, path, body.
fn attempts(b: &Objects, own_reset: &str) -> Vec<(Method, String, Value)> {
    let (id, none) = (&b.user.id, Value::Null);
    let mut attempts = vec![
        (Method::DELETE, format!("/api/v1/sessions/{}", b.session.session), none.clone()),
        (Method::DELETE, format!("/api/v1/sessions/{}", b.here.session), none.clone()),
        (Method::DELETE, format!("/api/v1/me/social-accounts/{}", b.social_account), none.clone()),
        (Method::POST, "/api/v1/me/email/change".into(), json!({"code": b.change_code})),
        (
            Method::POST,
            "/api/v1/me/email/change".into(),
            json!({"code": b.change_code, "present_code": b.release_code}),
        ),
        (Method::POST, "/api/v1/me/email/proof/confirm".into(), json!({"code": b.change_code})),
        (Method::POST, "/api/v1/me/email/proof/confirm".into(), json!({"code": b.reset_code})),
        (
            Method::POST,
            format!("/api/v1/password-resets/{own_reset}"),
            json!({"code": b.reset_code, "password": NEW_PASSWORD}),
        ),
        (
            Method::POST,
            format!("/api/v1/password-resets/{}", b.reset),
            json!({"code": other(&b.reset_code), "password": NEW_PASSWORD}),
        ),
        (Method::PUT, format!("/api/v1/users/{id}/roles/admin"), none.clone()),
        (Method::DELETE, format!("/api/v1/users/{id}/roles/admin"), none.clone()),
        (Method::GET, format!("/api/v1/users/{id}/roles"), none.clone()),
        (Method::GET, format!("/api/v1/users/{id}?reason=x"), none.clone()),
        (Method::GET, format!("/api/v1/users/search?reason=x&email={}", b.user.email), none.clone()),
        (Method::GET, format!("/api/v1/audit?reason=x&user_id={id}"), none),
    ];
    let acts =
        ["disable", "enable", "unlock", "end-sessions", "free-email", "prove-email", "correct-birth-date", "delete"];
    for act in acts {
        attempts.push((Method::POST, format!("/api/v1/users/{id}/{act}"), json!({"reason": "x"})));
    }
    attempts
}

#[actix_web::test]
async fn no_object_of_another_user_can_be_read_changed_or_used() {
    let cinema = Cinema::start().await;
    let b = Objects::of_a_new_user(&cinema).await;
    let a = cinema.user().await;
    let who = cinema.signed_in(&a).await;
    let own_reset = cinema.ask_reset(&a.email).await;
    for (method, path, body) in attempts(&b, &own_reset) {
        let request = cinema.request(method.clone(), &path).bearer(&who.access);
        let reply = if body.is_null() { request.send().await } else { request.json(&body).send().await };
        let status = reply.status.as_u16();
        assert!([400, 403, 404].contains(&status), "{method} {path}: {status} {}", reply.text());
        let text = reply.text();
        assert!(b.private().iter().all(|private| !text.contains(private)), "{method} {path}: {text}");
    }
    // Idempotent, and about the caller alone.
    cinema.delete("/api/v1/me/email/change").bearer(&who.access).send().await.assert_status(204);
    cinema.delete("/api/v1/sessions/others").bearer(&who.access).send().await.assert_status(204);
    b.assert_untouched(&cinema).await;
}

/// Headers by which gateways of other systems name the user.
const IDENTITY_HEADERS: [&str; 6] =
    ["x-user-id", "x-authenticated-user", "x-forwarded-user", "remote-user", "x-original-user", "x-account-id"];

#[actix_web::test]
async fn lists_and_exports_are_those_of_the_token_whatever_a_request_says_besides() {
    let cinema = Cinema::start().await;
    let b = Objects::of_a_new_user(&cinema).await;
    let a = cinema.user().await;
    let who = cinema.signed_in(&a).await;
    let mut read = 0;
    for endpoint in
        ENDPOINTS.iter().filter(|endpoint| endpoint.auth == Auth::Required && endpoint.id != GetUserinfo::ID)
    {
        if endpoint.method != contracts::Method::Get || endpoint.path.contains('{') {
            continue;
        }
        let named = IDENTITY_HEADERS
            .iter()
            .fold(cinema.get(endpoint.path), |request, header| request.header(header, &b.user.id));
        let cookie = format!("user_id={0}; session={1}; __Host-marquee={1}", b.user.id, b.here.session);
        let reply = named.header("cookie", &cookie).bearer(&who.access).send().await;
        reply.assert_status(200);
        let text = reply.text();
        assert!(b.private().iter().all(|private| !text.contains(private)), "{}: {text}", endpoint.id);
        for name in ["user_id", "id", "account", "session_id"] {
            let path = format!("{}?{name}={}", endpoint.path, b.user.id);
            cinema.get(&path).bearer(&who.access).send().await.assert_problem(400, "request.invalid_query");
        }
        read += 1;
    }
    assert!(read >= 5, "{read}");
    b.assert_untouched(&cinema).await;
}

#[actix_web::test]
async fn no_page_acts_on_an_object_of_another_user() {
    let cinema = Cinema::start().await;
    let b = Objects::of_a_new_user(&cinema).await;
    let a = cinema.user().await;
    let mut browser = Browser::signed_in(&cinema, &a).await;
    let token = browser.get("/account").await.form_token();
    let id = &b.user.id;
    let forms = [
        (format!("/account/devices/{}/sign-out", b.session.session), vec![]),
        (format!("/account/social/{}/unlink", b.social_account), vec![]),
        ("/account/email/confirm".to_owned(), vec![("code", b.change_code.as_str())]),
        (
            "/account/email/change/confirm".to_owned(),
            vec![("code", b.change_code.as_str()), ("present_code", b.release_code.as_str())],
        ),
        (format!("/account/admin/users/{id}/look"), vec![("reason", "x")]),
        (format!("/account/admin/users/{id}/delete"), vec![("reason", "x"), ("confirm", "yes")]),
        (format!("/account/admin/users/{id}/assign-role"), vec![("reason", "x"), ("role", "admin")]),
    ];
    for (action, fields) in forms {
        let reply = browser.post(&action, &token, &fields).await;
        let text = reply.text();
        assert!(b.private().iter().all(|private| !text.contains(private)), "{action}: {text}");
    }
    browser.post("/account/email/change/cancel", &token, &[]).await;
    browser.post("/account/devices/sign-out-others", &token, &[]).await;
    b.assert_untouched(&cinema).await;
}

/// An operator with one role that has this permission.
async fn operator(app: &TestApp, admin: &SignedIn, permission: &str) -> (TestUser, SignedIn) {
    let role = permission.replace('.', "-");
    let body = json!({"name": role, "description": "Of a test", "permissions": [permission]});
    app.post("/api/v1/roles").bearer(&admin.access).json(&body).send().await.assert_status(201);
    let user = app.proved_user().await;
    app.change_role(Method::PUT, admin, &user.id, &role).await.assert_status(204);
    let signed_in = app.signed_in(&user).await;
    (user, signed_in)
}

#[tokio::test]
async fn an_operator_can_do_what_the_own_permission_says_and_nothing_else() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let unknown = UserId::new().to_string(); // what is allowed finds nothing
    for own in [USERS_MANAGE, ROLES_MANAGE, AUDIT_READ, FILMS_WRITE] {
        let (_, operator) = operator(&app, &admin, own).await;
        let mut allowed = 0;
        for endpoint in ENDPOINTS {
            let Auth::Permission(needed) = endpoint.auth else { continue };
            let path = endpoint.path.replace("{user_id}", &unknown).replace("{role}", "no-such-role");
            let request = app.request(endpoint.method.as_str().parse().unwrap(), &path).bearer(&operator.access);
            let reply = request.send().await;
            if needed == own {
                allowed += 1;
                assert_ne!(reply.status.as_u16(), 403, "{own} at {}: {}", endpoint.id, reply.text());
            } else {
                reply.assert_problem(403, "auth.forbidden");
            }
        }
        assert_eq!(allowed == 0, own == FILMS_WRITE, "{own}");
    }
}

#[tokio::test]
async fn an_operator_of_users_gives_no_roles_on_the_page_and_reads_no_audit_events() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let (helper, _) = operator(&app, &admin, USERS_MANAGE).await;
    let (auditor, _) = operator(&app, &admin, AUDIT_READ).await;
    let user = app.proved_user().await;
    let mut browser = Browser::signed_in(&app, &helper).await;
    let token = browser.get("/account/admin").await.form_token();
    for (act, fields) in [
        (format!("users/{}/assign-role", user.id), [("reason", "x"), ("role", "admin")]),
        (format!("users/{}/assign-role", helper.id), [("reason", "x"), ("role", "admin")]),
        ("audit".to_owned(), [("reason", "x"), ("who", "")]),
    ] {
        browser.post(&format!("/account/admin/{act}"), &token, &fields).await.assert_page(403);
    }
    let mut browser = Browser::signed_in(&app, &auditor).await;
    let token = browser.get("/account").await.form_token();
    for act in ["look", "disable", "delete"] {
        let path = format!("/account/admin/users/{}/{act}", user.id);
        browser.post(&path, &token, &[("reason", "x"), ("confirm", "yes")]).await.assert_page(403);
    }
    assert_eq!(app.me(&app.signed_in(&user).await.access).await.assert_status(200)["user"]["roles"], json!([]));
}
