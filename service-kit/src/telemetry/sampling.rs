//! Which requests are traced: the samplers of the `OTEL_*` variables, and whose word counts at the edge.

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{ParentBasedSampler, Sampler, SamplingResult, ShouldSample};

use super::server::RequestAttributes;

/// What a server believes of the trace that a caller says it belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TraceTrust {
    /// The caller's trace is gone on with, and its decision whether to record it is followed. For callers of our own.
    Trust,
    /// The caller's trace is gone on with, but whether to record it is decided here, by the trace id: services with the
    /// same ratio decide alike. Strangers cannot force recording by a flag.
    #[default]
    Resample,
    /// A new trace begins, with a link to the caller's. Strangers cannot choose trace ids, and so cannot choose to be
    /// recorded.
    Restart,
}

/// The rule of `OTEL_TRACES_SAMPLER`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    /// Share of requests, by trace id.
    ratio: f64,
    /// Whether a trusted caller decides.
    parent_based: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self { ratio: 1.0, parent_based: true }
    }
}

impl Rule {
    /// The names of the specification.
    pub(super) const fn words(ratio: f64) -> [(&'static str, Self); 6] {
        const fn rule(ratio: f64, parent_based: bool) -> Rule {
            Rule { ratio, parent_based }
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

/// Inside of this process a span follows its parent; at its border the server's word on callers counts.
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
            .is_some_and(|served| served.callers == TraceTrust::Trust);
        let sampler = if trusted { &self.trusting } else { &self.resampling };
        sampler.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceState};
    use opentelemetry_sdk::trace::SamplingDecision;

    use super::*;
    use crate::request_id::RequestId;

    /// A low id is recorded at any ratio above 0, a high one at none below 1.
    const LOW: TraceId = TraceId::from_bytes([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    const HIGH: TraceId = TraceId::from_bytes([0xff; 16]);

    fn recorded(rule: &str, callers: TraceTrust, trace: TraceId, flags: TraceFlags) -> bool {
        let words = Rule::words(0.01);
        let rule = words.iter().find(|(word, _)| *word == rule).expect("a rule").1;
        let caller = SpanContext::new(trace, SpanId::from_bytes([7; 8]), flags, true, TraceState::default());
        let served = RequestAttributes { service: "", request_id: RequestId::new(), callers };
        let parent = Context::new().with_value(served).with_remote_span_context(caller);
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
    fn a_stranger_does_not() {
        let rule = "parentbased_traceidratio";
        assert!(!recorded(rule, TraceTrust::Resample, HIGH, TraceFlags::SAMPLED), "forced by a flag");
        assert!(recorded(rule, TraceTrust::Resample, LOW, TraceFlags::default()), "switched off by a flag");
        assert!(!recorded("parentbased_always_off", TraceTrust::Resample, LOW, TraceFlags::SAMPLED));
        assert!(recorded("parentbased_always_on", TraceTrust::Resample, HIGH, TraceFlags::default()));
    }
}
