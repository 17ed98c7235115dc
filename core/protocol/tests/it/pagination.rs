//! Pages without a memory, and a walk that ends.

use dovetail_protocol::pagination::{Walk, page};
use dovetail_protocol::{ErrorKind, Limits};

fn walk(keys: &[&str], size: usize) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = page("m", keys, Some(size), cursor.as_deref()).unwrap();
        pages.push(keys[page.range].iter().map(|key| (*key).to_owned()).collect());
        match page.next {
            Some(next) => cursor = Some(next),
            None => return pages,
        }
    }
}

#[test]
fn pages_hold_everything_once() {
    assert_eq!(walk(&["a", "b", "c"], 2), [vec!["a", "b"], vec!["c"]]);
    assert_eq!(walk(&["a", "b"], 2), [vec!["a", "b"]]);
    assert_eq!(walk(&[], 2), [Vec::<String>::new()]);
    assert_eq!(walk(&["a", "b"], 0), [vec!["a"], vec!["b"]], "a page of nothing would never end");
    let all = page("m", &["a", "b"], None, None).unwrap();
    assert_eq!((all.range, all.next), (0..2, None));
}

#[test]
fn a_cursor_survives_changes_around_it() {
    let cursor = page("m", &["a", "b", "c"], Some(2), None).unwrap().next;
    let after = |keys: &[&str]| page("m", keys, Some(2), cursor.as_deref()).map(|page| page.range);
    assert_eq!(after(&["a", "b", "c"]).unwrap(), 2..3);
    assert_eq!(after(&["0", "a", "b", "c", "d", "e"]).unwrap(), 3..5);
    assert_eq!(after(&["b", "c"]).unwrap(), 1..2);
    assert_eq!(after(&["a", "c"]).unwrap_err().kind, ErrorKind::InvalidParams);
}

#[test]
fn foreign_cursors_are_refused() {
    let cursor = page("m", &["a", "b"], Some(1), None).unwrap().next.unwrap();
    for bad in ["", "x", "AAAA", &cursor[1..], &format!("{cursor}A"), &cursor.replace(&cursor[..2], "//")] {
        assert_eq!(page("m", &["a", "b"], Some(1), Some(bad)).unwrap_err().kind, ErrorKind::InvalidParams);
    }
    assert!(page("other", &["a", "b"], Some(1), Some(&cursor)).is_err(), "a cursor belongs to its listing");
}

#[test]
fn a_walk_ends() {
    let mut walk = Walk::new(&Limits { pages: 3, ..Limits::default() });
    assert_eq!(walk.advance(Some("a".into())).unwrap().as_deref(), Some("a"));
    assert_eq!(walk.clone().advance(Some("a".into())).unwrap_err().kind, ErrorKind::Malformed);
    assert_eq!(walk.advance(Some(String::new())).unwrap().as_deref(), Some(""), "an empty cursor is one");
    assert_eq!(walk.clone().advance(Some("b".into())).unwrap_err().kind, ErrorKind::LimitExceeded);
    assert_eq!(walk.advance(None).unwrap(), None);
}
