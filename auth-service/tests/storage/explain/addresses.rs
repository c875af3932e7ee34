//! Statements of e-mail addresses: proofs, resets, changes and claims.

use account_storage::{
    ChangeEmail, ClaimPolicy, CodeHolder, ConfirmEmailChange, FreeClaimOutcome, InsertSocialUserOutcome, ProofRequest,
    ResetRequest, SocialProof, Store,
};
use accounts::{CodePurpose, Email, NewUser, TypedCode};
use chrono::TimeDelta;
use credentials::hashing::PasswordHash;
use uuid::Uuid;

use crate::address_model::World;
use crate::identities::{identity, social_user};
use crate::plan_watch::PlanWatch;
use crate::support::{TestStore, now};

pub async fn addresses(traced: &Store, store: &TestStore, watch: &mut PlanWatch) {
    let world = World::on(store.replica().await, store);
    let (mailer, client, at) = (&world.mailer, &world.client, now());
    let email = |name: &str| Email::parse(&format!("explained-{name}@example.org")).unwrap();
    let (first, second, third) = (email("first"), email("second"), email("third"));
    let account = world.account(&first).await.unwrap();
    let (user, session) = (account.id, account.session);
    assert!(watch.of("find_login", traced.find_login(&first)).await.unwrap().is_claim());
    let proof = ProofRequest { user, session, client, at };
    watch.of("begin_email_proof", traced.begin_email_proof(mailer, &proof)).await;
    let code = world.code_to(&first).await;
    watch.of("complete_email_proof", traced.complete_email_proof(mailer, &proof, &code)).await;

    let (id, email) = (Uuid::new_v4(), &first);
    world.later();
    let request = ResetRequest { id, email, client, at };
    watch.of("begin_email_reset", traced.begin_email_reset(mailer, &request)).await;
    let (holder, code) = (CodeHolder { asker: id, address: None }, world.code_to(&first).await);
    let wrong = TypedCode::parse("00000000").unwrap();
    watch.of("try_reset_code", traced.try_reset_code(mailer, holder, &wrong, at)).await;
    let found = watch.of("try_reset_code", traced.try_reset_code(mailer, holder, &code, at)).await.unwrap();
    let link = world.link_to(&first).await;
    let purpose = CodePurpose::Reset;
    assert!(watch.of("find_code_by_link", traced.find_code_by_link(mailer, purpose, &link, at)).await.is_some());
    world.later();
    let hash = PasswordHash::new("reset");
    let done = traced.complete_email_reset(mailer, &found, &hash, client, at);
    assert!(watch.of("complete_email_reset", done).await.is_some());

    world.later();
    let change = ChangeEmail { user, session, to: &second, client, at };
    watch.of("begin_email_change", traced.begin_email_change(mailer, &change)).await;
    assert!(watch.of("find_email_change", traced.find_email_change(user, at)).await.is_some());
    assert!(watch.of("cancel_email_change", traced.cancel_email_change(user)).await);
    world.later();
    traced.begin_email_change(mailer, &change).await.unwrap();
    let code = world.code_to(&second).await;
    world.later();
    let (code, release_code, take_claimed) = (Some(&code), None, false);
    let confirm = ConfirmEmailChange { user, session, code, release_code, take_claimed, client, at };
    watch.of("confirm_email_change", traced.confirm_email_change(mailer, &confirm)).await;
    world.later();
    let later = at + TimeDelta::days(8);
    assert_eq!(watch.of("list_due_email_changes", traced.list_due_email_changes(later)).await, [user]);
    assert!(watch.of("apply_due_email_change", traced.apply_due_email_change(mailer, user, later)).await);
    let link = world.link_to(&first).await;
    let undo = traced.undo_email_change(mailer, (&link, &first), client, at);
    assert!(watch.of("undo_email_change", undo).await.is_some());

    let claim = world.account(&third).await.unwrap();
    let proof = ProofRequest { user: claim.id, session: claim.session, client, at };
    traced.begin_email_proof(mailer, &proof).await.unwrap();
    let link = world.link_to(&third).await;
    watch.of("complete_email_proof_by_link", traced.complete_email_proof_by_link(mailer, &proof, &link)).await;
    let proof = SocialProof { user: claim.id, email: &third, at };
    watch.of("prove_email_by_provider", traced.prove_email_by_provider(proof)).await;
    claims(traced, store, &world, watch).await;
}

async fn claims(traced: &Store, store: &TestStore, world: &World, watch: &mut PlanWatch) {
    let (mailer, policy) = (&world.mailer, ClaimPolicy::default());
    let email = |name: &str| Email::parse(&format!("claimed-{name}@example.org")).unwrap();
    let (first, second) = (email("first"), email("second"));
    let (one, _) = (world.account(&first).await.unwrap(), world.account(&second).await.unwrap());
    let secret = mailer.codes().claim_link(one.id, &first);
    let freed = traced.free_claimed_email(mailer, (secret.expose(), &first), now());
    assert_eq!(watch.of("free_claimed_email", freed).await, FreeClaimOutcome::Freed);
    let newcomer = NewUser { email: Some(second), ..social_user(store) };
    let by = identity("google", "newcomer");
    let outcome = watch.of("insert_social_user_at_claim", traced.insert_social_user_at_claim(&newcomer, &by)).await;
    assert_eq!(outcome, InsertSocialUserOutcome::TookClaim);
    let third = email("third");
    let idle = world.account(&third).await.unwrap();
    let late = now() + TimeDelta::days(200);
    let page = watch.of("list_idle_claims", traced.list_idle_claims(None, 500, policy, late)).await;
    assert!(page.idle.contains(&(third.clone(), idle.id)));
    let warned = traced.warn_idle_claim(mailer, (&third, idle.id), policy, late);
    assert!(watch.of("warn_idle_claim", warned).await);
    let end = late + TimeDelta::days(31);
    assert!(watch.of("list_due_claims", traced.list_due_claims(end, 10)).await.contains(&idle.id));
    assert!(watch.of("delete_due_claim", traced.delete_due_claim(idle.id, policy, end)).await.is_some());
}
