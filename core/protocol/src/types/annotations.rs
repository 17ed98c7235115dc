//! Hints that go with definitions and content: icons, audience, behaviour of tools.

use serde::{Deserialize, Serialize};

use super::wire::wire;

/// Who speaks, or whom something is for.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The user.
    #[default]
    User,
    /// The model.
    Assistant,
}

wire! {
    /// A picture for user interfaces. Specification: basic protocol, "Icons".
    Icon {
        /// An http(s) or `data:` URL. Its origin is for the client to judge.
        src: String => "src" required,
        /// Overrides the type the server of the picture states.
        mime_type: Option<String> => "mimeType" option,
        /// Such as `48x48` or `any`; empty: any size.
        sizes: Vec<String> => "sizes" list,
        /// `light` or `dark`: the background it is made for.
        theme: Option<String> => "theme" option,
    }
}

impl Icon {
    /// An icon of any size.
    pub fn new(src: impl Into<String>) -> Self {
        Self { src: src.into(), ..Self::default() }
    }
}

wire! {
    /// Hints about a resource or a content block. Specification: server features, "Resources", "Annotations".
    Annotations {
        /// Whom it is for; empty: unsaid.
        audience: Vec<Role> => "audience" list,
        /// From 0 (optional) to 1 (required reading).
        priority: Option<f64> => "priority" option,
        /// An ISO 8601 time.
        last_modified: Option<String> => "lastModified" option,
    }
}

wire! {
    /// Hints about what a tool does; nothing that security may rely on. Specification: schema, `ToolAnnotations`.
    ToolAnnotations {
        /// The name for people.
        title: Option<String> => "title" option,
        /// It changes nothing. Unsaid: it may.
        read_only_hint: Option<bool> => "readOnlyHint" option,
        /// It may destroy something, rather than only add. Unsaid: it may.
        destructive_hint: Option<bool> => "destructiveHint" option,
        /// Calling it again with the same arguments changes nothing more. Unsaid: it may.
        idempotent_hint: Option<bool> => "idempotentHint" option,
        /// It deals with the world outside. Unsaid: it does.
        open_world_hint: Option<bool> => "openWorldHint" option,
    }
}
