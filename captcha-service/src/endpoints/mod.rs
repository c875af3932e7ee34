//! HTTP in and out, one file per endpoint.

mod answer;
mod assess;
mod extend;
mod feedback;
mod issue;
mod picture_response;
mod refresh;
mod siteverify;
mod status;
mod tv;

pub use answer::answer_challenge;
pub use assess::assess_risk;
pub use extend::extend_challenge;
pub use feedback::report_outcome;
pub use issue::issue_challenge;
pub(crate) use picture_response::wait;
pub use refresh::refresh_challenge;
pub use siteverify::{site_verify, site_verify_by_query};
pub use status::get_captcha_status;
pub(crate) use tv::{ASSET, PAGE};
pub use tv::{PAGES, get_tv_asset, show_tv};
