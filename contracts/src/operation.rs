//! An endpoint with its types, for documents: what [`EndpointInfo`] leaves out.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::endpoint::{BodyFormat, EndpointInfo};
use crate::examples::{self, ExampleValues, Examples};

/// Schema of a type, from a generator that decides between its input and its output view.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One operation of one service, as documents describe it.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// Constants of the endpoint.
    pub info: EndpointInfo,
    /// [`Endpoint::BODY`](crate::endpoint::Endpoint::BODY).
    pub body_format: BodyFormat,
    /// [`Endpoint::IDEMPOTENT`](crate::endpoint::Endpoint::IDEMPOTENT).
    pub idempotent: bool,
    /// [`Endpoint::CONDITIONAL`](crate::endpoint::Endpoint::CONDITIONAL).
    pub conditional: bool,
    /// [`Endpoint::DEADLINE`](crate::endpoint::Endpoint::DEADLINE).
    pub deadline: Duration,
    /// [`Endpoint::MAX_BODY`](crate::endpoint::Endpoint::MAX_BODY), in bytes.
    pub max_body: usize,
    /// Schema of [`Endpoint::Path`](crate::endpoint::Endpoint::Path).
    pub path: SchemaOf,
    /// Schema of [`Endpoint::Query`](crate::endpoint::Endpoint::Query).
    pub query: SchemaOf,
    /// Schema of [`Endpoint::Body`](crate::endpoint::Endpoint::Body).
    pub body: SchemaOf,
    /// Schema of [`Endpoint::Output`](crate::endpoint::Endpoint::Output).
    pub output: SchemaOf,
    /// Its examples, the plain case first.
    examples: fn() -> Vec<ExampleValues>,
}

impl Operation {
    /// The operation of `E`.
    pub const fn of<E: Examples>() -> Self {
        Self {
            info: EndpointInfo::of::<E>(),
            body_format: E::BODY,
            idempotent: E::IDEMPOTENT,
            conditional: E::CONDITIONAL,
            deadline: E::DEADLINE,
            max_body: E::MAX_BODY,
            path: schema_of::<E::Path>,
            query: schema_of::<E::Query>,
            body: schema_of::<E::Body>,
            output: schema_of::<E::Output>,
            examples: examples::of::<E>,
        }
    }

    /// Its examples, the plain case first.
    pub fn examples(&self) -> Vec<ExampleValues> {
        (self.examples)()
    }
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Declares the registry of a service: `ENDPOINTS` for servers and clients, `OPERATIONS` for documents.
macro_rules! registry {
    ($(#[$doc:meta])* $($endpoint:path),* $(,)?) => {
        $(#[$doc])*
        pub const ENDPOINTS: &[$crate::endpoint::EndpointInfo] =
            &[$($crate::endpoint::EndpointInfo::of::<$endpoint>()),*];

        /// The same with their types.
        pub const OPERATIONS: &[$crate::operation::Operation] =
            &[$($crate::operation::Operation::of::<$endpoint>()),*];
    };
}
pub(crate) use registry;
