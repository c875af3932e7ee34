//! Mass assignment (OWASP API3:2023): what the service decides cannot be written through any endpoint or form.

use std::collections::{BTreeMap, BTreeSet};

use contracts::Method;
use contracts::auth::ENDPOINTS;
use contracts::published::AUTH;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use service_kit::testing::TestClient;

use crate::app::{SignedIn, TestApp};
use crate::pages::browser::{Browser, PageReply};
use crate::requests::{begin, calls};

/// Tables with columns that only the service writes.
const TABLES: [&str; 8] =
    ["users", "user_logins", "user_directory", "user_roles", "sessions", "identities", "mail_codes", "email_changes"];
/// Names that other systems give to such fields, and the Rust names of ours.
const OTHERS: [&str; 12] = [
    "is_admin",
    "admin",
    "role",
    "permissions",
    "email_verified",
    "verified",
    "confirmed_at",
    "disabled",
    "is_active",
    "userId",
    "emailProved",
    "__proto__",
];

/// The published document.
fn document() -> Value {
    let (_, text) = AUTH.iter().find(|(name, _)| *name == "openapi.json").unwrap();
    serde_json::from_str(text).unwrap()
}

/// The schema that a reference points to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(path) => document.pointer(path.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Names of the properties of an object.
fn names(object: &Value) -> BTreeSet<String> {
    object["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// Names of the properties of all objects in a schema, by the name of the object. One level deep, as bodies are.
fn objects(document: &Value, schema: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let body = resolved(document, schema);
    let properties = body["properties"].as_object().into_iter().flatten();
    let mut found = BTreeMap::from([(String::new(), names(body))]);
    for (name, property) in properties {
        let inner = resolved(document, property);
        if inner["properties"].is_object() {
            found.insert(name.clone(), names(inner));
        }
    }
    found
}

/// Objects of the JSON body of every operation that has one.
fn bodies(document: &Value) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut found = BTreeMap::new();
    for (_, item) in document["paths"].as_object().unwrap() {
        for (_, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_object() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                found.insert(id, objects(document, schema));
            }
        }
    }
    found
}

/// All property names anywhere in the document, the columns of accounts, and names of other systems.
async fn fields(app: &TestApp, document: &Value) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        let properties = value["properties"].as_object().into_iter().flatten();
        found.extend(properties.map(|(name, _)| name.clone()));
        match value {
            Value::Object(members) => members.values().for_each(|member| collect(member, found)),
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found: BTreeSet<_> = OTHERS.iter().map(|name| (*name).to_owned()).collect();
    collect(&document["components"]["schemas"], &mut found);
    let db = app.home.database.connect().await;
    for table in TABLES {
        // A row of which every column is null, whether the table has rows or not.
        let sql = format!("SELECT t.* FROM (SELECT 1 AS one) AS o LEFT JOIN {table} AS t ON 1 = 0");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        found.extend(row.column_names());
    }
    found
}

#[tokio::test]
async fn no_endpoint_takes_a_field_that_only_the_service_sets() {
    let app = TestApp::start().await;
    let document = document();
    let (bodies, fields) = (bodies(&document), fields(&app, &document).await);
    for known in ["email_proved", "proved_at", "roles", "id", "created_at", "status", "cell", "password_hash"] {
        assert!(fields.contains(known), "{known} in {fields:?}");
    }
    let (mut written, mut tried) = (BTreeSet::new(), 0);
    for (endpoint, path, credentials) in calls(&app).await {
        let Some(objects) = bodies.get(endpoint.id) else { continue };
        written.insert(endpoint.id);
        for (object, own) in objects {
            for field in fields.difference(own) {
                let body = match object.as_str() {
                    "" => json!({field: "x"}),
                    object => json!({object: {field: "x"}}),
                };
                let request = begin(&app, endpoint, &path).header("authorization", &credentials).json(&body);
                let reply = request.send().await;
                assert_eq!(reply.status, 422, "{} takes {body}: {}", endpoint.id, reply.text());
                let problem = reply.assert_problem(422, "request.invalid_fields");
                let unknown =
                    problem["errors"].as_array().unwrap().iter().any(|error| error["code"] == "unknown_field");
                assert!(unknown, "{} takes {body}: {problem}", endpoint.id);
                tried += 1;
            }
        }
    }
    assert_eq!(written, bodies.keys().map(String::as_str).collect(), "each operation with a body was called");
    assert!(written.len() > 20 && tried > 2_000, "{tried} fields of {written:?}");
}

/// The account as its owner sees it.
async fn me(app: &TestApp, who: &SignedIn) -> Value {
    app.me(&who.access).await.assert_status(200)
}

#[tokio::test]
async fn a_body_where_none_is_published_changes_nothing() {
    let app = TestApp::start().await;
    let plain = TestClient::clone(&app).without_contract();
    let document = document();
    let bodies = bodies(&document);
    let (user, other) = (app.user().await, app.user().await);
    let untouched = app.signed_in(&other).await;
    let before = (me(&app, &app.signed_in(&user).await).await, me(&app, &untouched).await);
    let body = json!({
        "id": other.id, "user_id": other.id, "email": "other@example.org", "email_proved": true, "roles": ["admin"],
        "role": "admin", "permissions": ["users.manage"], "display_name": "x", "status": "disabled"
    });
    let mut tried = Vec::new();
    for endpoint in ENDPOINTS.iter().filter(|endpoint| !bodies.contains_key(endpoint.id)) {
        if endpoint.id == "delete_me" || endpoint.method == Method::Get || endpoint.path.starts_with("/oauth2/") {
            continue;
        }
        let path = endpoint.path.replace("{user_id}", &user.id).replace("{role}", "admin");
        let path = path.replace("{session_id}", &untouched.session).replace("{social_account_id}", &other.id);
        let who = app.signed_in(&user).await; // some of them end the session
        let request = plain.request(endpoint.method.as_str().parse().unwrap(), &path).bearer(&who.access);
        let status = request.json(&body).send().await.status.as_u16();
        assert!(status < 500, "{}: {status}", endpoint.id);
        tried.push(endpoint.id);
    }
    assert!(tried.contains(&"request_email_proof") && tried.contains(&"assign_role"), "{tried:?}");
    let after = (me(&app, &app.signed_in(&user).await).await, me(&app, &untouched).await);
    assert_eq!(after, before, "{tried:?}");
}

#[tokio::test]
async fn forms_of_pages_ignore_the_fields_that_only_the_service_sets() {
    let app = TestApp::start().await;
    let names = fields(&app, &document()).await;
    let of_forms = ["email", "password", "name", "birth_date", "region", "form_token", "form_nonce"];
    let email = crate::app::unique_email();
    let more = names.iter().filter(|name| !of_forms.contains(&name.as_str())).map(|name| (name.as_str(), "1"));
    let mut fields = vec![("email", email.as_str()), ("password", "three cats on a sofa"), ("name", "Anna")];
    fields.extend(more);
    let mut browser = Browser::new(&app);
    browser.fill("/account/sign-up", "/account/sign-up", &fields).await.assert_goes_to("/account");
    let who = SignedIn::from(&app.log_in(&email, "three cats on a sofa").await.assert_status(201));
    let before = me(&app, &who).await;
    assert_eq!((&before["user"]["roles"], &before["email_proved"]), (&json!([]), &json!(false)));
    assert_ne!(before["user"]["id"], "1");

    fields[0] = ("email", "other@example.org");
    let saved = browser.fill("/account/profile", "/account/profile", &fields).await;
    saved.assert_goes_to("/account/profile?done=saved");
    assert_eq!(me(&app, &who).await, before);
}
