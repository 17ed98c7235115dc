//! What is registered under names, in the order of registration, each of it switched on or off.
use std::collections::HashMap;
use std::sync::Arc;

/// One kind of thing that a server offers.
pub(crate) struct Registry<T> {
    entries: Vec<Entry<T>>,
    by_key: HashMap<Box<str>, usize>,
}

struct Entry<T> {
    key: Box<str>,
    item: Arc<T>,
    enabled: bool,
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), item: self.item.clone(), enabled: self.enabled }
    }
}

impl<T> Clone for Registry<T> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), by_key: self.by_key.clone() }
    }
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), by_key: HashMap::new() }
    }
}

impl<T> Registry<T> {
    /// Adds an item; says whether its key was free.
    pub(crate) fn add(&mut self, key: &str, item: T) -> bool {
        if self.by_key.contains_key(key) {
            return false;
        }
        self.by_key.insert(key.into(), self.entries.len());
        self.entries.push(Entry { key: key.into(), item: Arc::new(item), enabled: true });
        true
    }

    /// Takes an item away; says whether there was one.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let Some(at) = self.by_key.remove(key) else { return false };
        self.entries.remove(at);
        for index in self.by_key.values_mut() {
            *index -= usize::from(*index > at);
        }
        true
    }

    /// Shows or hides an item; `None` when there is none, else whether that changed anything.
    pub(crate) fn enable(&mut self, key: &str, enabled: bool) -> Option<bool> {
        let entry = &mut self.entries[*self.by_key.get(key)?];
        Some(std::mem::replace(&mut entry.enabled, enabled) != enabled)
    }

    /// An item that is shown.
    pub(crate) fn find(&self, key: &str) -> Option<&Arc<T>> {
        let entry = &self.entries[*self.by_key.get(key)?];
        entry.enabled.then_some(&entry.item)
    }

    /// The items that are shown, in order.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Arc<T>> {
        self.entries.iter().filter(|entry| entry.enabled).map(|entry| &entry.item)
    }
}

#[cfg(test)]
mod tests {
    use super::Registry;

    #[test]
    fn order_survives_removal_and_hiding() {
        let mut registry = Registry::default();
        for key in ["a", "b", "c", "d"] {
            assert!(registry.add(key, key));
        }
        assert!(!registry.add("c", "again"));
        assert!(registry.remove("b"));
        assert!(!registry.remove("b"));
        assert_eq!(registry.enable("c", false), Some(true));
        assert_eq!(registry.enable("c", false), Some(false));
        assert_eq!(registry.enable("x", false), None);
        assert!(registry.find("c").is_none());
        assert_eq!(registry.shown().map(|item| **item).collect::<Vec<_>>(), ["a", "d"]);
        assert_eq!(registry.enable("c", true), Some(true));
        assert_eq!(registry.shown().map(|item| **item).collect::<Vec<_>>(), ["a", "c", "d"]);
        assert_eq!(registry.find("d").map(|item| **item), Some("d"));
    }
}
