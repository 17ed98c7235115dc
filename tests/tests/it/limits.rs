//! The documented limits are the limits.
use dovetail_protocol::limits;
use dovetail_tests::paths;

#[test]
fn the_documentation_has_the_table_of_limits() {
    let mut expected =
        vec!["| name | default | unit | of | meaning |".to_owned(), "|---|---|---|---|---|".to_owned()];
    expected.extend(limits::TABLE.iter().map(|row| {
        let side = format!("{:?}", row.side).to_lowercase();
        format!("| `{}` | {} | {} | {side} | {} |", row.name, row.default, row.unit, row.meaning)
    }));
    let path = paths::root().join("docs/limits.md");
    let text = std::fs::read_to_string(&path).expect("docs/limits.md can be read");
    let found: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(found == expected, "the table of docs/limits.md has to be:\n\n{}\n", expected.join("\n"));
}
