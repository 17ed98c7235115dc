//! Wire objects that keep what they do not know.
//!
//! Owns the macro that makes them and the store of unknown members. Must never drop or respell an unknown value.

use serde_json::value::RawValue;

use crate::raw;

/// The members of an object that this SDK has no name for, in document order, values byte for byte.
#[derive(Clone, Debug, Default)]
pub struct Extra(Vec<(String, Box<RawValue>)>);

impl Extra {
    /// The value of a member.
    pub fn get(&self, key: &str) -> Option<&RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| &**value)
    }

    /// Adds a member, or replaces the one of this name. A name that the object knows must not be used: the object
    /// would then have it twice.
    pub fn insert(&mut self, key: impl Into<String>, value: Box<RawValue>) {
        let key = key.into();
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    /// All members, in document order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), &**value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `value` as JSON bytes.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("wire types serialise into memory")
}

/// `value` as raw JSON.
pub(crate) fn to_raw(value: &impl serde::Serialize) -> Box<RawValue> {
    raw::owned(serde_json::to_string(value).expect("wire types serialise into memory"))
}

/// Makes a struct with public fields for a wire object. Each field says how it travels: `required` always, `option`
/// when it is there, `list` when it is not empty, `local` never (it is read from definitions only).
macro_rules! wire {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty => $key:literal $mode:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
            /// Members without a field here.
            pub extra: $crate::types::Extra,
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $($crate::types::wire::wire!(@write map self.$field, $key $mode);)+
                for (key, value) in self.extra.iter() {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader;
                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        use serde::de::Error;
                        $(let mut $field = None;)+
                        let mut extra = $crate::types::Extra::default();
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                $($key => {
                                    let read: $crate::types::wire::wire!(@read $mode $type) = map.next_value()?;
                                    if $field.replace(read).is_some() {
                                        return Err(A::Error::duplicate_field($key));
                                    }
                                })+
                                _ => extra.insert(key, map.next_value()?),
                            }
                        }
                        Ok($name { $($field: $crate::types::wire::wire!(@take A $field, $key $mode),)+ extra })
                    }
                }
                deserializer.deserialize_map(Reader)
            }
        }
    };
    (@write $map:ident $self:ident.$field:ident, $key:literal required) => {
        $map.serialize_entry($key, &$self.$field)?;
    };
    (@write $map:ident $self:ident.$field:ident, $key:literal option) => {
        if let Some(value) = &$self.$field {
            $map.serialize_entry($key, value)?;
        }
    };
    (@write $map:ident $self:ident.$field:ident, $key:literal list) => {
        if !$self.$field.is_empty() {
            $map.serialize_entry($key, &$self.$field)?;
        }
    };
    (@write $map:ident $self:ident.$field:ident, $key:literal local) => {};
    (@read required $type:ty) => { $type };
    (@read option $type:ty) => { $type };
    (@read list $type:ty) => { Option<$type> };
    (@read local $type:ty) => { $type };
    (@take $access:ident $field:ident, $key:literal required) => {
        $field.ok_or_else(|| $access::Error::missing_field($key))?
    };
    (@take $access:ident $field:ident, $key:literal option) => { $field.flatten() };
    (@take $access:ident $field:ident, $key:literal list) => { $field.flatten().unwrap_or_default() };
    (@take $access:ident $field:ident, $key:literal local) => { $field.unwrap_or_default() };
}

pub(crate) use wire;
