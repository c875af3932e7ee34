//! Trust in the trace context of callers.

/// Trust of a server in the trace context of its callers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TraceTrust {
    /// Continues the caller's trace and follows its sampling decision. For callers of our own.
    Trust,
    /// Continues the caller's trace, but samples here by the trace id: services with the same ratio decide alike.
    /// Untrusted callers cannot force recording by a flag.
    #[default]
    Resample,
    /// Starts a new trace with a link to the caller's. Untrusted callers cannot choose trace ids, and so cannot choose
    /// to be recorded.
    Restart,
}
