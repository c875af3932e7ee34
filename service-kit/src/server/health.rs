//! `GET /livez` and `GET /readyz`, the same in every service.

use actix_web::web;
use contracts::health::{GetLivez, GetReadyz};

use super::endpoint::Success;
use super::readiness::Readiness;
use crate::base::error::ApiError;

pub(super) async fn get_livez(readiness: web::Data<Readiness>) -> Result<Success<GetLivez>, ApiError> {
    Ok(Success::new(readiness.report()))
}

pub(super) async fn get_readyz(readiness: web::Data<Readiness>) -> Result<Success<GetReadyz>, ApiError> {
    readiness.check().await?;
    Ok(Success::new(readiness.report()))
}
