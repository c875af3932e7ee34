//! OpenTelemetry resource of this process or service.

use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::Resource;

const SERVICE_NAME: Key = Key::from_static_str("service.name");

/// Resource of a program. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` take precedence.
pub(super) fn of_program(name: &'static str, version: &'static str) -> Resource {
    let instance = uuid::Uuid::new_v4().to_string();
    let own = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.version", version))
        .with_attribute(KeyValue::new("service.instance.id", instance));
    own.with_service_name(name).with_attributes(from_environment()).build()
}

/// Resource of one of several services in a process, under its own name unless the operator has set one.
pub(super) fn of_service(program: &Resource, name: &'static str) -> Resource {
    let is_chosen = from_environment().iter().any(|attribute| attribute.key == SERVICE_NAME);
    let attributes = program.iter().filter(|(key, _)| is_chosen || **key != SERVICE_NAME);
    let attributes: Vec<_> = attributes.map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    let own = Resource::builder_empty().with_attributes(attributes);
    if is_chosen { own.build() } else { own.with_service_name(name).build() }
}

/// Resource attributes from the environment.
fn from_environment() -> Vec<KeyValue> {
    let detected = Resource::builder().build();
    let attributes = detected.iter().filter(|(_, value)| !value.as_str().starts_with("unknown_service"));
    attributes.map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_of_one_process_differ_in_their_name_only() {
        let program = of_program("cinema", "1");
        let service = of_service(&program, "movies-api");
        let of = |resource: &Resource, key: &'static str| resource.get(&Key::from_static_str(key));
        assert_eq!(of(&program, "service.name"), Some("cinema".into()));
        assert_eq!(of(&service, "service.name"), Some("movies-api".into()));
        for same in ["service.version", "service.instance.id"] {
            assert!(of(&service, same).is_some() && of(&service, same) == of(&program, same), "{same}");
        }
    }
}
