//! Builder methods that several definitions have: written once, by macros, so that they mean the same everywhere.

/// What every definition says about itself.
macro_rules! described {
    ($($of:ident)+) => {$(
        impl $of {
            /// The name for people.
            #[must_use]
            pub fn title(mut self, title: &str) -> Self {
                self.spec.title = Some(title.to_owned());
                self
            }

            /// Adds an icon.
            #[must_use]
            pub fn icon(mut self, icon: dovetail_protocol::types::Icon) -> Self {
                self.spec.icons.push(icon);
                self
            }

            /// Metadata of the definition, a JSON object.
            #[must_use]
            pub fn meta(mut self, meta: Box<dovetail_protocol::RawValue>) -> Self {
                self.spec.meta = Some(meta);
                self
            }
        }
    )+};
}

/// What suggests values for the arguments of a definition, or for the variables of one.
macro_rules! completed {
    ($($of:ident)+) => {$(
        impl $of {
            /// Suggests values for an argument or variable.
            #[must_use]
            pub fn complete<F, Fut>(mut self, argument: &str, complete: F) -> Self
            where
                F: Fn(super::Completing) -> Fut + Send + Sync + 'static,
                Fut: Future<Output = Vec<String>> + Send + 'static,
            {
                self.completers.insert(argument.to_owned(), super::completion::Completer::typed(complete));
                self
            }

            /// Suggests values for an argument or variable with a handler that gets `{"argument", "value", "context"}`
            /// and returns a list of strings, or a whole `completion` object.
            #[must_use]
            pub fn complete_json(mut self, argument: &str, handler: impl super::Handler) -> Self {
                self.completers.insert(argument.to_owned(), super::completion::Completer::new(handler));
                self
            }
        }
    )+};
}

pub(super) use {completed, described};
