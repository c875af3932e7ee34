//! Lenient parsing of optional members: an unreadable one is absent and does not fail the document.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The member, or `None` when it is unreadable.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// The member, or its default when it is unreadable.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    optional(deserializer).map(Option::unwrap_or_default)
}

/// Trimmed text; `None` when it is absent, empty or not a string.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = optional(deserializer)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Readable elements of a list; `None` when it is not a list.
pub(crate) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let items: Option<Vec<Value>> = optional(deserializer)?;
    Ok(items.map(|items| items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Document {
        #[serde(deserialize_with = "optional")]
        seconds: Option<u64>,
        #[serde(deserialize_with = "or_default")]
        flag: bool,
        #[serde(deserialize_with = "text")]
        name: Option<String>,
        #[serde(deserialize_with = "list")]
        methods: Option<Vec<String>>,
    }

    fn read(document: Value) -> Document {
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn a_member_that_cannot_be_read_is_absent_and_the_others_stay() {
        let whole = read(json!({"seconds": 5, "flag": true, "name": " a ", "methods": ["x", 7, "y"]}));
        assert_eq!((whole.seconds, whole.flag, whole.name.as_deref()), (Some(5), true, Some("a")));
        assert_eq!(whole.methods.unwrap(), ["x", "y"]);
        for strange in [json!(null), json!("3599"), json!(-1), json!([1]), json!({}), json!(1.5)] {
            let rest = read(json!({"seconds": strange, "flag": strange, "name": {"x": strange}, "methods": "x"}));
            assert_eq!(rest, Document::default(), "{strange}");
        }
        assert_eq!(read(json!({"name": "  "})), Document::default());
    }
}
