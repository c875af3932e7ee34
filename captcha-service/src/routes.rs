//! Every URL of captcha-service.

use actix_web::web;
use contracts::captcha::{assess, challenges, feedback, siteverify, status};
use contracts::published;
use service_kit::Routes;
use service_kit::server::authorization::ServiceClients;

use crate::endpoints;

/// Route table for the registered `clients`.
pub fn routes(clients: web::Data<ServiceClients>) -> Routes {
    Routes::new()
        .data(clients)
        .mount::<assess::AssessRisk, _, _>(endpoints::assess_risk)
        .mount::<challenges::IssueChallenge, _, _>(endpoints::issue_challenge)
        .mount::<challenges::AnswerChallenge, _, _>(endpoints::answer_challenge)
        .mount::<challenges::RefreshChallenge, _, _>(endpoints::refresh_challenge)
        .mount::<challenges::ExtendChallenge, _, _>(endpoints::extend_challenge)
        .mount::<siteverify::SiteVerify, _, _>(endpoints::site_verify)
        .mount::<siteverify::SiteVerifyByQuery, _, _>(endpoints::site_verify_by_query)
        .mount::<feedback::ReportOutcome, _, _>(endpoints::report_outcome)
        .mount::<status::GetCaptchaStatus, _, _>(endpoints::get_captcha_status)
        .page(&endpoints::PAGE, endpoints::show_tv)
        .page(&endpoints::ASSET, endpoints::get_tv_asset)
        .documents("captcha", published::CAPTCHA)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_service_serves_exactly_the_endpoints_of_the_contract() {
        let served: BTreeSet<_> =
            routes(web::Data::new(ServiceClients::new(&[]))).endpoints().iter().map(|endpoint| endpoint.id).collect();
        let declared = contracts::captcha::ENDPOINTS.iter().chain(contracts::health::ENDPOINTS);
        let declared: BTreeSet<_> = declared.map(|endpoint| endpoint.id).collect();
        assert_eq!(served, declared);
    }
}
