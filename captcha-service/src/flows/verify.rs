//! Verification of passes.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use contracts::captcha::Action;
use contracts::captcha::assess::{Platform, Signal};
use contracts::captcha::siteverify::{ErrorCode, SiteVerifyRequest, SiteVerifyResponse};
use uuid::Uuid;

use super::pass_id::PassId;
use super::passes::Passes;
use crate::challenge_repository::{PresentedPass, StoreMode};
use crate::domain::{AssessedRequest, Key, Pass, Redemption, SiteNumber, Verdict, fails_closed};
use crate::metrics;
use crate::stores::{RecordKeys, Records, StoreError};

/// A value outside of the contract.
struct UnknownWord;

/// Maximum length of a pass or a secret, in bytes.
const MAX_TEXT: usize = 2048;

impl Passes {
    /// Verifies a pass and uses it up. Errors of the request and the pass are error codes of the response.
    pub async fn verify(&self, request: &SiteVerifyRequest) -> SiteVerifyResponse {
        let verdict = match self.read(request) {
            Ok((site, presented)) => self.redeem(request, site, presented).await,
            Err(code) => Err(code),
        };
        match verdict {
            Ok(response) => {
                let code = response.error_codes.first().copied();
                metrics::record_verdict(code, code == Some(ErrorCode::TimeoutOrDuplicate));
                response
            }
            Err(code) => {
                metrics::record_verdict(Some(code), false);
                error_response(code, self.repository.is_degraded())
            }
        }
    }

    /// Validates the request.
    fn read(&self, request: &SiteVerifyRequest) -> Result<(SiteNumber, PresentedPass), ErrorCode> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let secret = request.secret.as_ref().map(contracts::Secret::expose);
        let secret = given(secret).ok_or(ErrorCode::MissingInputSecret)?;
        let bounded = |text: &str| text.len() <= MAX_TEXT;
        let site = Some(&secret).filter(|text| bounded(text)).and_then(|secret| self.sites.of_secret(secret));
        let site = site.ok_or(ErrorCode::InvalidInputSecret)?.number;
        let response = request.response.as_ref().map(contracts::Secret::expose);
        let response = given(response).ok_or(ErrorCode::MissingInputResponse)?;
        let bad_key = request.idempotency_key.as_deref().is_some_and(|key| Uuid::try_parse(key).is_err());
        if bad_key || self.assessed(request).is_err() {
            return Err(ErrorCode::BadRequest);
        }
        let presented = Some(&response).filter(|text| bounded(text)).and_then(|text| self.repository.read_pass(text));
        Ok((site, presented.ok_or(ErrorCode::InvalidInputResponse)?))
    }

    async fn redeem(
        &self,
        request: &SiteVerifyRequest,
        site: SiteNumber,
        presented: PresentedPass,
    ) -> Result<SiteVerifyResponse, ErrorCode> {
        let redemption = self.redemption(request, site);
        let unavailable = |_: StoreError| ErrorCode::InternalError;
        let (id, verdict, pass, mode) = match presented {
            PresentedPass::Stored(token) => {
                let (device, key) = (token.device(), token.key());
                let update = |records: &mut Records, now| {
                    let epoch = records.epoch;
                    let mut pass = records.pass.filter(|pass| pass.epoch() == epoch);
                    let verdict = pass.as_mut().map_or(Verdict::Invalid, |pass| pass.redeem(&redemption, now));
                    records.pass = pass;
                    (verdict, pass)
                };
                let (verdict, pass) =
                    self.repository.change(&RecordKeys::pass(device, key), update).await.map_err(unavailable)?;
                (PassId { device, key }, verdict, pass, StoreMode::Primary)
            }
            PresentedPass::Sealed(key, sealed) => {
                let (verdict, pass, mode) = self.redeem_sealed(&redemption, key, sealed).await?;
                (PassId { device: sealed.device(), key }, verdict, pass, mode)
            }
        };
        let degraded = mode == StoreMode::Degraded;
        Ok(match (verdict.code(), pass) {
            (None, Some(pass)) => self.success_response(request, &pass, &id, degraded),
            (code, _) => error_response(code.unwrap_or(ErrorCode::TimeoutOrDuplicate), degraded),
        })
    }

    /// Redeems a sealed pass. First in this process: it redeems no pass twice, whatever happens to the shared store
    /// meanwhile.
    async fn redeem_sealed(
        &self,
        redemption: &Redemption,
        key: Key,
        sealed: Pass,
    ) -> Result<(Verdict, Option<Pass>, StoreMode), ErrorCode> {
        let (repository, fails_closed_action) = (&self.repository, fails_closed(sealed.action()));
        if fails_closed_action && (sealed.is_degraded() || repository.is_degraded()) {
            return Err(ErrorCode::InternalError);
        }
        let keys = RecordKeys::pass(sealed.device(), key);
        let unavailable = |_: StoreError| ErrorCode::InternalError;
        let update = |records: &mut Records, now, valid| {
            let mut pass = records.pass.or(Some(sealed).filter(|_| valid));
            let verdict = pass.as_mut().map_or(Verdict::Invalid, |pass| pass.redeem(redemption, now));
            records.pass = pass.filter(Pass::has_verdict);
            (verdict, pass)
        };
        if !repository.is_shared() {
            let result =
                repository.change(&keys, |records, now| update(records, now, sealed.epoch() == records.epoch)).await;
            return result.map(|(verdict, pass)| (verdict, pass, StoreMode::Primary)).map_err(unavailable);
        }
        let local =
            repository.change_local(&keys, |records, now| update(records, now, true)).await.map_err(unavailable)?;
        if local.0 == Verdict::Invalid {
            return Ok((Verdict::Invalid, None, StoreMode::Primary));
        }
        match repository.change(&keys, |records, now| update(records, now, sealed.epoch() == records.epoch)).await {
            Ok((verdict, pass)) => Ok((verdict, pass, StoreMode::Primary)),
            Err(StoreError::Unavailable(_))
                if !fails_closed_action && repository.was_running_at(sealed.passed_at()) =>
            {
                if let Some(pass) = local.1 {
                    repository.enqueue_pass_replay(key, &pass);
                }
                Ok((local.0, local.1, StoreMode::Degraded))
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Request that the challenge must have been assessed for, if the caller names it.
    fn assessed(&self, request: &SiteVerifyRequest) -> Result<Option<AssessedRequest>, UnknownWord> {
        let SiteVerifyRequest { expect_account, expect_platform, expect_signals, .. } = request;
        if [expect_account, expect_platform, expect_signals].iter().all(|field| field.is_none()) {
            return Ok(None);
        }
        let platform =
            |text: &String| Platform::ALL.into_iter().find(|known| known.as_str() == text).ok_or(UnknownWord);
        let signal = |text| Signal::ALL.into_iter().find(|known| known.as_str() == text).ok_or(UnknownWord);
        let platform = expect_platform.as_ref().map(platform).transpose()?;
        let signals: Vec<_> =
            expect_signals.as_deref().unwrap_or_default().split_whitespace().map(signal).collect::<Result<_, _>>()?;
        Ok(Some(AssessedRequest::new(self.pseudonymizer.account(expect_account.as_deref()), platform, &signals)))
    }

    fn redemption(&self, request: &SiteVerifyRequest, site: SiteNumber) -> Redemption {
        let action =
            request.expect_action.as_deref().map(|text| Action::ALL.into_iter().find(|known| known.as_str() == text));
        let device =
            request.expect_device.as_ref().map(|token| self.credentials.read(token).map(|presented| presented.device));
        let sitekey = request.sitekey.as_deref().map(SiteNumber::of);
        let request_hash = request.idempotency_key.as_deref().and_then(|key| Uuid::try_parse(key).ok()).map(|key| {
            // Hash of all fields: the same key with another request is not a repetition.
            let device = request.expect_device.as_ref().map(contracts::Secret::expose).unwrap_or_default();
            let text = |field: &'_ Option<String>| field.clone().unwrap_or_default();
            let [account, platform, signals] =
                [&request.expect_account, &request.expect_platform, &request.expect_signals].map(text);
            let parts: [&[u8]; 8] = [
                key.as_bytes(),
                &site.0.to_le_bytes(),
                request.sitekey.as_deref().unwrap_or_default().as_bytes(),
                request.expect_action.as_deref().unwrap_or_default().as_bytes(),
                device.as_bytes(),
                account.as_bytes(),
                platform.as_bytes(),
                signals.as_bytes(),
            ];
            let hash = digest(&SHA256, &parts.join(&b"\0"[..]));
            let mut request_hash = [0; 16];
            request_hash.copy_from_slice(&hash.as_ref()[..16]);
            request_hash
        });
        let assessed = self.assessed(request).unwrap_or_default(); // read before
        Redemption { site, sitekey, action, device, assessed, request_hash }
    }

    fn success_response(
        &self,
        request: &SiteVerifyRequest,
        pass: &Pass,
        id: &PassId,
        degraded: bool,
    ) -> SiteVerifyResponse {
        let address = request.remoteip.as_deref().and_then(|text| text.trim().parse::<IpAddr>().ok());
        let moved = address.is_some_and(|address| self.pseudonymizer.prefix(Some(address)) != pass.prefix());
        SiteVerifyResponse {
            success: true,
            challenge_ts: Some(pass.passed_at().to_utc()),
            hostname: self.sites.key_of(pass.site()).map(Into::into),
            action: Some(pass.action()),
            score: Some(f64::from(100 - pass.risk().min(100)) / 100.0),
            score_reason: moved.then(|| "address_changed".to_owned()).into_iter().collect(),
            error_codes: Vec::new(),
            token_id: Some(id.to_text()),
            degraded: degraded || pass.is_degraded(),
        }
    }
}

fn error_response(code: ErrorCode, degraded: bool) -> SiteVerifyResponse {
    SiteVerifyResponse { error_codes: vec![code], degraded, ..SiteVerifyResponse::default() }
}
