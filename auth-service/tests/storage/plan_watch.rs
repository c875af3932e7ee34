//! Executed plans, as `auto_explain` reports them, and the check that a statement visits one partition.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer};

/// Plans that PostgreSQL has reported since the last `clear`.
#[derive(Clone, Default)]
pub struct Plans(pub Arc<Mutex<Vec<Value>>>);

impl<S: tracing::Subscriber> Layer<S> for Plans {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::postgres::notice" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Plans {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let (true, Some((_, plan))) = (field.name() == "message", value.split_once("plan:\n")) {
            self.0.lock().unwrap().push(serde_json::from_str(plan).unwrap());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Adds the relations that a plan visited.
pub fn visited(node: &Value, found: &mut BTreeSet<String>) {
    if node["Actual Loops"] == 0 {
        return; // pruned at run time
    }
    if let Some(name) = node["Relation Name"].as_str() {
        found.insert(name.to_owned());
    }
    let targets = node["Target Tables"].as_array().into_iter().flatten();
    found.extend(targets.filter_map(|target| target["Relation Name"].as_str()).map(str::to_owned));
    node["Plans"].as_array().into_iter().flatten().for_each(|child| visited(child, found));
}

/// Checks the plans of methods, and keeps the methods' names.
pub struct PlanWatch {
    pub plans: Plans,
    pub seen: BTreeSet<&'static str>,
}

impl PlanWatch {
    /// Runs `call` and checks the plan of each of its statements.
    pub async fn of<T, E: std::fmt::Debug>(
        &mut self,
        method: &'static str,
        call: impl Future<Output = Result<T, E>>,
    ) -> T {
        self.plans.0.lock().unwrap().clear();
        let outcome = call.await.unwrap();
        self.seen.insert(method);
        for plan in self.plans.0.lock().unwrap().iter() {
            let (mut relations, text) = (BTreeSet::new(), plan["Query Text"].as_str().unwrap());
            visited(&plan["Plan"], &mut relations);
            let leaves_of = |parent: &str| relations.iter().filter(|name| name.starts_with(parent)).count();
            assert!(leaves_of("users_c") <= 1, "{method} looks into {relations:?}: {text}");
            assert!(leaves_of("user_directory_p") <= 1 || text.contains(" IN ("), "{method}: {relations:?}: {text}");
            // Logins are found by their user only when the user is moved, deleted or unlocked, or when an address is freed
            // in all its spellings; claims are searched hourly.
            let is_rare = matches!(
                method,
                "update_user"
                    | "list_stored_logins"
                    | "move_users"
                    | "delete_user"
                    | "delete_user_for_operator"
                    | "list_unlocks"
                    | "free_email"
                    | "free_claimed_email"
                    | "insert_social_user_at_claim"
                    | "apply_due_email_change"
                    | "undo_email_change"
                    | "delete_due_claim"
                    | "list_idle_claims"
            );
            assert!(leaves_of("user_logins_p") <= 1 || is_rare, "{method} looks into {relations:?}: {text}");
        }
        outcome
    }
}
