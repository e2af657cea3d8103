//! Pages and directories of counts.

use std::collections::HashMap;

use crate::support::{hash_of, table};
use proptest::prelude::*;
use sluice::hash::Hash;
use sluice::table::{Table, header};

/// A count with a mark of its own, so that it can be told when it has moved.
fn insert(table: &Table<sluice::memory::Alone>, hash: Hash, tag: u32) -> bool {
    let count = table.create_count(hash);
    if count != 0 {
        table.memory.set_word(count * 4 + 15, tag);
    }
    count != 0
}

fn check(table: &Table<sluice::memory::Alone>, known: &HashMap<u32, Hash>) {
    assert_eq!(table.head(header::KEYS) as usize, known.len());
    for (&tag, &hash) in known {
        let count = table.find_count(hash);
        assert_ne!(count, 0, "{hash:?}");
        assert_eq!(table.memory.word(count * 4 + 15), tag, "{hash:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Few high bits and few homes, so that pages fill, probes are long and go round.
    #[test]
    fn has_what_was_put_in_and_not_taken_out(
        steps in proptest::collection::vec((0u32..4, 0u32..400, any::<bool>()), 1..1500)
    ) {
        let table = table(1 << 24);
        let mut known = HashMap::new();
        for (shift, number, is_removed) in steps {
            let mixed = hash_of(number);
            let hash = Hash { a: (mixed.a << 6) | shift, b: (mixed.b | 0xfff0_0000) ^ number };
            let count = table.find_count(hash);
            prop_assert_eq!(count != 0, known.values().any(|&one| one == hash));
            if is_removed && count != 0 {
                let tag = table.memory.word(count * 4 + 15);
                table.drop_count(count);
                known.remove(&tag);
            } else if count == 0 {
                let tag = known.len() as u32 + number * 10_000;
                if known.contains_key(&tag) || !insert(&table, hash, tag) { continue; }
                known.insert(tag, hash);
            }
        }
        check(&table, &known);
    }
}

#[test]
fn splits_pages_and_doubles_directories_as_counts_come() {
    let table = table(1 << 26);
    let mut known = HashMap::new();
    for number in 0..60_000 {
        assert!(insert(&table, hash_of(number), number));
        known.insert(number, hash_of(number));
    }
    check(&table, &known);
}

#[test]
fn fills_a_page_that_cannot_be_split_but_for_one_line() {
    let table = table(1 << 26);
    // No bit that a directory may look at tells them apart.
    let hashes: Vec<Hash> = (0..80).map(|number| Hash { a: 0xabcd_4000, b: number << 20 | number }).collect();
    let made = hashes.iter().filter(|&&hash| insert(&table, hash, hash.b)).count();
    assert_eq!(made, 62);
    let known = hashes[..62].iter().map(|&hash| (hash.b, hash)).collect();
    check(&table, &known);
    assert_eq!(table.find_count(hashes[70]), 0);
}

#[test]
fn refuses_when_there_is_no_more_memory_and_loses_nothing() {
    let table = table(1 << 18);
    let mut known = HashMap::new();
    for number in 0..20_000 {
        if insert(&table, hash_of(number), number) {
            known.insert(number, hash_of(number));
        }
    }
    assert!(known.len() > 500 && known.len() < 4_000, "{}", known.len());
    check(&table, &known);
}
