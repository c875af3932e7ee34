//! Default limits of captcha-service; a policy file overrides them. `docs/limits.md` explains the figures.

use contracts::captcha::{ENDPOINTS, assess, challenges, feedback, siteverify, status};
use contracts::endpoint::{Endpoint, EndpointInfo};
use service_kit::server::documents;
use service_kit::server::limits::{DefaultPolicy, LimitTable, Per, joined};

use crate::endpoints::PAGES;

/// Endpoints that draw a picture.
const PICTURES: &[&str] =
    &[challenges::IssueChallenge::ID, challenges::AnswerChallenge::ID, challenges::RefreshChallenge::ID];
const ISSUE: &[&str] = &[challenges::IssueChallenge::ID];
const READS: &[&str] = &["show_tv", "get_tv_asset", challenges::ExtendChallenge::ID, status::GetCaptchaStatus::ID];
const VERIFY: &[&str] = &[siteverify::SiteVerify::ID, siteverify::SiteVerifyByQuery::ID];
const SERVICES: &[&str] = &[assess::AssessRisk::ID, feedback::ReportOutcome::ID];

static ALL: [EndpointInfo; ENDPOINTS.len() + PAGES.len() + documents::PAGES.len()] =
    joined(&[ENDPOINTS, PAGES, &documents::PAGES]);

/// Limit table.
pub static LIMITS: LimitTable = LimitTable {
    service: "captcha",
    endpoints: &ALL,
    accounts: &[],
    policies: &[
        // Wide enough for a town behind one address; the quotas of devices apply in addition.
        DefaultPolicy::new("captcha_issue", "60/1m burst 120", Per::Address, ISSUE).closed_when_full(),
        DefaultPolicy::new("captcha_pictures", "5/1s burst 300", Per::Address, PICTURES),
        DefaultPolicy::new("captcha_looks", "10/1s burst 100", Per::Address, READS),
        // Secrets have 256 bits, so guessing is hopeless; this limit is about load.
        DefaultPolicy::new("captcha_verify", "2000/1s burst 4000", Per::Address, VERIFY),
        DefaultPolicy::new("captcha_services", "5000/1s", Per::Client, SERVICES).open_in_an_outage(),
        documents::LIMIT,
    ],
};

#[cfg(test)]
mod tests {
    use service_kit::server::limits::LimitsConfig;

    use super::*;

    #[test]
    fn every_endpoint_is_limited() {
        assert_eq!(LimitsConfig::of(&LIMITS).uncovered(&LIMITS), [""; 0]);
    }

    #[test]
    fn the_table_is_documented_as_it_is() {
        let document = include_str!("../../docs/limits.md");
        for policy in LIMITS.policies {
            assert!(document.contains(&policy.row()), "docs/limits.md lacks {}", policy.row());
        }
    }
}
