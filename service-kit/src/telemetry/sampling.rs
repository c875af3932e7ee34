//! Sampling of requests: the samplers of the `OTEL_*` variables, and trust in the decisions of callers.

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{ParentBasedSampler, Sampler, SamplingResult, ShouldSample};

use super::request_span::RequestAttributes;
use super::trust::TraceTrust;

/// Value of `OTEL_TRACES_SAMPLER`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SamplingRule {
    /// Share of requests, by trace id.
    ratio: f64,
    /// `true` when a trusted caller decides.
    parent_based: bool,
}

impl Default for SamplingRule {
    fn default() -> Self {
        Self { ratio: 1.0, parent_based: true }
    }
}

impl SamplingRule {
    /// Names in the specification, with their rules.
    pub(super) const fn names(ratio: f64) -> [(&'static str, Self); 6] {
        const fn rule(ratio: f64, parent_based: bool) -> SamplingRule {
            SamplingRule { ratio, parent_based }
        }
        [
            ("parentbased_always_on", rule(1.0, true)),
            ("parentbased_always_off", rule(0.0, true)),
            ("parentbased_traceidratio", rule(ratio, true)),
            ("always_on", rule(1.0, false)),
            ("always_off", rule(0.0, false)),
            ("traceidratio", rule(ratio, false)),
        ]
    }

    pub(super) fn sampler(self) -> Sampling {
        let root = Sampler::TraceIdRatioBased(self.ratio);
        let resampling = ParentBasedSampler::new(root.clone())
            .with_remote_parent_sampled(root.clone())
            .with_remote_parent_not_sampled(root.clone());
        let trusting = if self.parent_based { ParentBasedSampler::new(root) } else { resampling.clone() };
        Sampling { trusting, resampling }
    }
}

/// Sampler of this process: local spans follow their parent, remote parents count according to [`TraceTrust`].
#[derive(Debug, Clone)]
pub(super) struct Sampling {
    trusting: ParentBasedSampler,
    resampling: ParentBasedSampler,
}

impl ShouldSample for Sampling {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let trusted = parent
            .and_then(|cx| cx.get::<RequestAttributes>())
            .is_some_and(|request| request.trust == TraceTrust::Trust);
        let sampler = if trusted { &self.trusting } else { &self.resampling };
        sampler.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceState};
    use opentelemetry_sdk::trace::SamplingDecision;

    use super::*;
    use crate::base::request_id::RequestId;

    /// Trace ids recorded at any ratio above 0, and at none below 1.
    const LOW: TraceId = TraceId::from_bytes([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    const HIGH: TraceId = TraceId::from_bytes([0xff; 16]);

    fn recorded(rule: &str, trust: TraceTrust, trace: TraceId, flags: TraceFlags) -> bool {
        let names = SamplingRule::names(0.01);
        let rule = names.iter().find(|(name, _)| *name == rule).expect("a rule").1;
        let caller = SpanContext::new(trace, SpanId::from_bytes([7; 8]), flags, true, TraceState::default());
        let attributes = RequestAttributes { service: "", request_id: RequestId::new(), trust };
        let parent = Context::new().with_value(attributes).with_remote_span_context(caller);
        let result = rule.sampler().should_sample(Some(&parent), trace, "request", &SpanKind::Server, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_trusted_caller_decides() {
        let rule = "parentbased_traceidratio";
        assert!(recorded(rule, TraceTrust::Trust, HIGH, TraceFlags::SAMPLED));
        assert!(!recorded(rule, TraceTrust::Trust, LOW, TraceFlags::default()));
        assert!(!recorded("traceidratio", TraceTrust::Trust, HIGH, TraceFlags::SAMPLED), "not parent-based");
    }

    #[test]
    fn an_untrusted_caller_does_not_decide() {
        let rule = "parentbased_traceidratio";
        assert!(!recorded(rule, TraceTrust::Resample, HIGH, TraceFlags::SAMPLED), "forced by a flag");
        assert!(recorded(rule, TraceTrust::Resample, LOW, TraceFlags::default()), "switched off by a flag");
        assert!(!recorded("parentbased_always_off", TraceTrust::Resample, LOW, TraceFlags::SAMPLED));
        assert!(recorded("parentbased_always_on", TraceTrust::Resample, HIGH, TraceFlags::default()));
    }
}
