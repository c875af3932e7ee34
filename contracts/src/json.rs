//! JSON in which a struct is an object, and a name is a text.
//!
//! serde also reads a struct from an array, its fields by position (<https://serde.rs/deserialize-struct.html>), so
//! that `["a@example.org", "a password"]` would pass for a sign-up, and a variant without fields from `{"tv": null}`.
//! [`ObjectsOnly`] rejects both at any depth. Values that serde buffers first (untagged and internally tagged enums,
//! flattened fields) escape it; request types have none of these.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

/// Reads a whole JSON text.
///
/// # Errors
/// When it is not JSON, or not a valid `T`.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = T::deserialize(ObjectsOnly(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// Adapter of a deserializer and of everything below it: structs and struct variants are read from maps only, variants
/// without fields from texts only.
#[derive(Debug)]
pub struct ObjectsOnly<T>(pub T);

/// Methods that only wrap the visitor.
macro_rules! wrap_visitor {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($argument,)* ObjectsOnly(visitor))
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectsOnly<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(ObjectsOnly(visitor))
    }

    /// By the type of the value, because serde_json calls a value of another type a syntax error here.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(VariantVisitor(visitor))
    }

    wrap_visitor! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_map();
        deserialize_identifier();
        deserialize_ignored_any();
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// Scalars, which have nothing below them.
macro_rules! visit_scalars {
    ($($method:ident($type:ty);)*) => {
        $(fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.0.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for ObjectsOnly<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    visit_scalars! {
        visit_bool(bool);
        visit_i8(i8);
        visit_i16(i16);
        visit_i32(i32);
        visit_i64(i64);
        visit_i128(i128);
        visit_u8(u8);
        visit_u16(u16);
        visit_u32(u32);
        visit_u64(u64);
        visit_u128(u128);
        visit_f32(f32);
        visit_f64(f64);
        visit_char(char);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(ObjectsOnly(deserializer))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(ObjectsOnly(deserializer))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(ObjectsOnly(access))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(ObjectsOnly(access))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(ObjectsOnly(access))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for ObjectsOnly<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(ObjectsOnly(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for ObjectsOnly<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(ObjectsOnly(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for ObjectsOnly<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(ObjectsOnly(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for ObjectsOnly<A> {
    type Error = A::Error;
    type Variant = ObjectsOnly<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (name, variant) = self.0.variant_seed(seed)?;
        Ok((name, ObjectsOnly(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for ObjectsOnly<A> {
    type Error = A::Error;

    /// Only reached from a map: a text has no access of ours.
    fn unit_variant(self) -> Result<(), A::Error> {
        Err(A::Error::invalid_type(Unexpected::Map, &"a text"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(ObjectsOnly(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(length, ObjectsOnly(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.newtype_variant_seed(MapSeed(visitor))
    }
}

/// Reads a variant: without fields from a text, with fields from a map.
struct VariantVisitor<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for VariantVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        self.0.visit_enum(StrDeserializer::new(name))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(ObjectsOnly(MapAccessDeserializer::new(access)))
    }
}

/// Reads the content of a struct variant.
struct MapSeed<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for MapSeed<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_map(ObjectsOnly(self.0))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        inner: Inner,
        #[serde(default)]
        list: Vec<Inner>,
        #[serde(default)]
        map: BTreeMap<String, Option<Inner>>,
        #[serde(default)]
        boxed: Option<Box<Newtype>>,
        #[serde(default)]
        variants: Vec<Variant>,
        #[serde(default)]
        pair: Option<(Inner, Inner)>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        number: u8,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Newtype(Inner);

    #[derive(Debug, PartialEq, Deserialize)]
    enum Variant {
        Unit,
        One(Inner),
        Two(u8, Inner),
        Named { inner: Inner },
    }

    fn read(value: &serde_json::Value) -> serde_json::Result<Outer> {
        from_slice(value.to_string().as_bytes())
    }

    #[test]
    fn objects_are_read_at_any_depth() {
        let one = || json!({"number": 1});
        let all = json!({
            "inner": one(), "list": [one()], "map": {"a": one(), "b": null}, "boxed": one(), "pair": [one(), one()],
            "variants": ["Unit", {"One": one()}, {"Two": [2, one()]}, {"Named": {"inner": one()}}],
        });
        let inner = || Inner { number: 1 };
        let variants =
            vec![Variant::Unit, Variant::One(inner()), Variant::Two(2, inner()), Variant::Named { inner: inner() }];
        let expected = Outer {
            inner: inner(),
            list: vec![inner()],
            map: BTreeMap::from([("a".to_owned(), Some(inner())), ("b".to_owned(), None)]),
            boxed: Some(Box::new(Newtype(inner()))),
            variants,
            pair: Some((inner(), inner())),
        };
        assert_eq!(read(&all).unwrap(), expected);
    }

    #[test]
    fn an_array_is_no_struct_at_any_depth() {
        let (object, array) = (json!({"number": 1}), json!([1]));
        for value in [
            json!([object, [], {}, null, [], null]),
            json!({"inner": array}),
            json!({"inner": object, "list": [object, array]}),
            json!({"inner": object, "map": {"a": array}}),
            json!({"inner": object, "boxed": array}),
            json!({"inner": object, "variants": [{"One": array}]}),
            json!({"inner": object, "variants": [{"Two": [2, array]}]}),
            json!({"inner": object, "variants": [{"Named": [object]}]}),
            json!({"inner": object, "variants": [{"Named": {"inner": array}}]}),
            json!({"inner": object, "pair": [object, array]}),
        ] {
            let error = read(&value).unwrap_err().to_string();
            assert!(error.starts_with("invalid type: sequence, expected struct"), "{value}: {error}");
        }
    }

    #[test]
    fn a_variant_without_fields_is_a_text() {
        let of = |variant: serde_json::Value| json!({"inner": {"number": 1}, "variants": [variant]});
        assert!(read(&of(json!("Unit"))).is_ok());
        for value in [json!({"Unit": null}), json!({}), json!(null), json!(true), json!(7), json!([]), json!(["Unit"])]
        {
            let error = read(&of(value.clone())).unwrap_err();
            assert!(error.is_data(), "{value}: {error}");
        }
    }

    #[test]
    fn trailing_input_after_the_value_is_refused() {
        assert!(from_slice::<Inner>(b"{\"number\": 1} 2").is_err());
    }
}
