//! What a client may keep of a server's answers, and for how long.
//!
//! Owns the key of a response, the hints that come with it, and the bounded store. The time is an argument. Must never
//! hand a response from one partition (one authorization context of one server) to another. Specification: server
//! utilities, "Caching".

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::canonical::{self, Digest};
use crate::limits::Limits;
use crate::methods;
use crate::raw::{members, push_string};
use crate::revision::CacheScope;
use crate::subscribe::Change;

/// What a result says about its reuse.
pub use crate::revision::Cache as Hints;

impl Hints {
    /// The hints of a result. Absent, negative and odd values count as stale at once, an unknown scope as private.
    pub fn of(result: &RawValue) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            #[serde(borrow)]
            ttl_ms: Option<&'a RawValue>,
            #[serde(borrow)]
            cache_scope: Option<&'a RawValue>,
        }
        let body: Option<Body<'_>> = serde_json::from_str(result.get()).ok();
        let ttl = body.as_ref().and_then(|body| body.ttl_ms?.get().parse().ok());
        let public = body.and_then(|body| body.cache_scope).is_some_and(|scope| scope.get() == "\"public\"");
        let scope = if public { CacheScope::Public } else { CacheScope::Private };
        Self { ttl_ms: ttl.unwrap_or(0), scope }
    }
}

/// What makes two requests the same: the method and the parameters that the result depends on.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    method: &'static str,
    /// The resource, of a read.
    uri: Option<Box<str>>,
    params: Digest,
}

impl Key {
    /// The method of the request.
    pub fn method(&self) -> &'static str {
        self.method
    }
}

/// The key of a request, or `None` when its result must not be kept: other methods, requests that carry answers or
/// state of a round before, and parameters that two readers could read differently. `_meta` is no part of the key.
pub fn key(method: &str, params: Option<&RawValue>) -> Option<Key> {
    const CACHEABLE: [&str; 6] = [
        methods::DISCOVER,
        methods::TOOLS_LIST,
        methods::PROMPTS_LIST,
        methods::RESOURCES_LIST,
        methods::RESOURCES_TEMPLATES_LIST,
        methods::RESOURCES_READ,
    ];
    let method = *CACHEABLE.iter().find(|known| **known == method)?;
    let (mut uri, mut salient) = (None, vec![b'{']);
    for (name, value) in params.map_or_else(|| Some(Vec::new()), |raw| members(raw).map(|all| all.0))? {
        match name.as_ref() {
            "_meta" => continue,
            "inputResponses" | "requestState" => return None,
            "uri" => uri = crate::raw::text(value).map(|uri| uri.into()),
            _ => {}
        }
        if salient.len() > 1 {
            salient.push(b',');
        }
        push_string(&mut salient, &name);
        salient.push(b':');
        salient.extend_from_slice(value.get().as_bytes());
    }
    salient.push(b'}');
    let raw: &RawValue = serde_json::from_slice(&salient).ok()?;
    let params = canonical::digest(&[method.as_bytes(), &canonical::canonical(raw).ok()?]);
    Some(Key { method, uri, params })
}

#[derive(Clone, Debug)]
struct Entry {
    result: Arc<RawValue>,
    fresh_until_ms: u64,
    used: u64,
}

/// The responses a client keeps, at most `Limits::cache`; the one unused for the longest time goes first.
///
/// Everything is kept per partition, public results too: a client talks to one server, and one that lies about the
/// scope must not reach other identities. Pass the same partition to share.
#[derive(Clone, Debug)]
pub struct Responses {
    partitions: HashMap<Box<str>, HashMap<Key, Entry>>,
    count: usize,
    limit: usize,
    clock: u64,
}

impl Responses {
    /// An empty store.
    pub fn new(limits: &Limits) -> Self {
        Self { partitions: HashMap::new(), count: 0, limit: limits.cache, clock: 0 }
    }

    /// A fresh response. `now_ms` is a clock that never goes back.
    pub fn get(&mut self, key: &Key, partition: &str, now_ms: u64) -> Option<Arc<RawValue>> {
        self.clock += 1;
        let entry = self.partitions.get_mut(partition)?.get_mut(key)?;
        if now_ms >= entry.fresh_until_ms {
            return None;
        }
        entry.used = self.clock;
        Some(Arc::clone(&entry.result))
    }

    /// Keeps a response that was received at `now_ms`, in place of an older one. One that is stale at once only
    /// removes the older one.
    pub fn put(&mut self, key: Key, partition: &str, result: &RawValue, hints: Hints, now_ms: u64) {
        self.remove(&key, partition);
        if hints.ttl_ms == 0 || self.limit == 0 {
            return;
        }
        while self.count >= self.limit {
            self.evict();
        }
        self.clock += 1;
        let entry = Entry {
            result: Arc::from(result.to_owned()),
            fresh_until_ms: now_ms.saturating_add(hints.ttl_ms),
            used: self.clock,
        };
        self.partitions.entry(partition.into()).or_default().insert(key, entry);
        self.count += 1;
    }

    /// Forgets what a change has made stale, in all partitions.
    pub fn invalidate(&mut self, change: &Change) {
        match change {
            Change::ToolsListChanged => self.invalidate_list(methods::TOOLS_LIST),
            Change::PromptsListChanged => self.invalidate_list(methods::PROMPTS_LIST),
            Change::ResourcesListChanged => {
                self.invalidate_list(methods::RESOURCES_LIST);
                self.invalidate_list(methods::RESOURCES_TEMPLATES_LIST);
            }
            Change::ResourceUpdated { uri } => {
                self.retain(|key| {
                    !(key.method == methods::RESOURCES_READ && key.uri.as_deref() == Some(uri.as_str()))
                });
            }
        }
    }

    /// Forgets all pages of one listing: after a change, or when a cursor turned out to be invalid.
    pub fn invalidate_list(&mut self, method: &str) {
        self.retain(|key| key.method != method);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.partitions.clear();
        self.count = 0;
    }

    /// How many responses are kept.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn remove(&mut self, key: &Key, partition: &str) {
        if let Some(entries) = self.partitions.get_mut(partition)
            && entries.remove(key).is_some()
        {
            self.count -= 1;
        }
    }

    fn retain(&mut self, keep: impl Fn(&Key) -> bool) {
        self.partitions.retain(|_, entries| {
            entries.retain(|key, _| keep(key));
            !entries.is_empty()
        });
        self.count = self.partitions.values().map(HashMap::len).sum();
    }

    fn evict(&mut self) {
        let oldest = self
            .partitions
            .iter()
            .flat_map(|(partition, entries)| {
                entries.iter().map(move |(key, entry)| (entry.used, partition, key))
            })
            .min_by_key(|(used, ..)| *used)
            .map(|(_, partition, key)| (partition.clone(), key.clone()));
        if let Some((partition, key)) = oldest {
            self.remove(&key, &partition);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).expect("valid JSON")
    }

    fn list(params: &str) -> Option<Key> {
        key(methods::TOOLS_LIST, Some(&raw(params)))
    }

    const HOUR: Hints = Hints { ttl_ms: 3_600_000, scope: CacheScope::Private };

    #[test]
    fn only_what_decides_the_result_is_in_the_key() {
        assert_eq!(list("{}"), key(methods::TOOLS_LIST, None));
        assert_eq!(list(r#"{"_meta":{"x":1}}"#), list("{}"));
        assert_eq!(list(r#"{"cursor":"a"}"#), list(r#"{ "cursor" : "\u0061" }"#));
        assert_ne!(list(r#"{"cursor":"a"}"#), list("{}"));
        assert_ne!(list("{}"), key(methods::PROMPTS_LIST, None));
        assert_eq!(list(r#"{"requestState":"s"}"#), None);
        assert_eq!(list(r#"{"inputResponses":{}}"#), None);
        assert_eq!(key(methods::TOOLS_CALL, None), None);
        assert_eq!(key(methods::PROMPTS_GET, None), None);
    }

    #[test]
    fn hints_are_read_with_care() {
        for (result, ttl, public) in [
            (r#"{"ttlMs":5,"cacheScope":"public"}"#, 5, true),
            (r#"{"ttlMs":5,"cacheScope":"Public"}"#, 5, false),
            (r#"{"ttlMs":-5}"#, 0, false),
            (r#"{"ttlMs":"5"}"#, 0, false),
            (r#"{"ttlMs":1.5}"#, 0, false),
            ("{}", 0, false),
            ("[]", 0, false),
        ] {
            let hints = Hints::of(&raw(result));
            assert_eq!((hints.ttl_ms, hints.scope == CacheScope::Public), (ttl, public), "{result}");
        }
    }

    #[test]
    fn responses_are_fresh_for_their_time_and_their_caller_only() {
        let mut kept = Responses::new(&Limits::default());
        let key = list("{}").expect("cacheable");
        kept.put(key.clone(), "alice", &raw(r#"{"tools":[]}"#), Hints { ttl_ms: 10, ..HOUR }, 100);
        assert!(kept.get(&key, "alice", 109).is_some());
        assert!(kept.get(&key, "bob", 109).is_none());
        assert!(kept.get(&key, "alice", 110).is_none());
        kept.put(key.clone(), "alice", &raw("{}"), Hints { ttl_ms: 0, ..HOUR }, 120);
        assert!(kept.is_empty());
    }

    #[test]
    fn a_change_makes_stale_what_it_is_about() {
        let mut kept = Responses::new(&Limits::default());
        let read = |uri: &str| {
            key(methods::RESOURCES_READ, Some(&raw(&format!(r#"{{"uri":"{uri}"}}"#)))).expect("cacheable")
        };
        let (a, b, tools) = (read("x:a"), read("x:b"), list("{}").expect("cacheable"));
        for key in [&a, &b, &tools] {
            kept.put(key.clone(), "", &raw("{}"), HOUR, 0);
        }
        kept.invalidate(&Change::ResourceUpdated { uri: "x:a".into() });
        assert!(kept.get(&a, "", 1).is_none() && kept.get(&b, "", 1).is_some());
        kept.invalidate(&Change::ToolsListChanged);
        assert!(kept.get(&tools, "", 1).is_none() && kept.get(&b, "", 1).is_some());
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn the_store_is_bounded_and_drops_what_is_not_used() {
        let mut kept = Responses::new(&Limits { cache: 2, ..Limits::default() });
        let page = |cursor: &str| list(&format!(r#"{{"cursor":"{cursor}"}}"#)).expect("cacheable");
        kept.put(page("a"), "", &raw("{}"), HOUR, 0);
        kept.put(page("b"), "", &raw("{}"), HOUR, 0);
        assert!(kept.get(&page("a"), "", 1).is_some());
        kept.put(page("c"), "", &raw("{}"), HOUR, 1);
        assert_eq!(kept.len(), 2);
        assert!(kept.get(&page("b"), "", 2).is_none() && kept.get(&page("a"), "", 2).is_some());
    }
}
