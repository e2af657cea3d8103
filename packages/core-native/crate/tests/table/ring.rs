//! Rings, beside a list.

use crate::support::table;
use proptest::prelude::*;
use sluice::memory::Alone;
use sluice::table::Table;

/// Where a shard has nothing else: the words of the ring are in the free part of the header.
const RING: usize = 32;

fn entries(table: &Table<Alone>) -> Vec<(f64, f64)> {
    (0..table.ring_length(RING))
        .map(|index| table.ring_entry(RING, index))
        .map(|entry| (table.memory.number(entry), table.memory.number(entry + 1)))
        .collect()
}

proptest! {
    #[test]
    fn keeps_what_a_sorted_list_does(steps in proptest::collection::vec((0u8..6, 0u32..60, 1u32..9), 1..400)) {
        let table = table(1 << 22);
        prop_assert!(table.begin_ring(5, RING, 2));
        let mut list: Vec<(f64, f64)> = Vec::new();
        for (kind, at, amount) in steps {
            let (at, amount) = (f64::from(at), f64::from(amount));
            match kind {
                0..3 => {
                    table.add_at(5, RING, at, amount);
                    match list.iter_mut().find(|entry| entry.0 == at) {
                        Some(entry) => entry.1 += amount,
                        None => list.push((at, amount)),
                    }
                    list.sort_by(|one, other| one.0.total_cmp(&other.0));
                }
                3 => {
                    let there = list.iter().find(|entry| entry.0 == at).map_or(0.0, |entry| entry.1);
                    prop_assert_eq!(table.take_at(RING, at, amount), there.min(amount));
                    list.iter_mut().filter(|entry| entry.0 == at).for_each(|entry| entry.1 -= there.min(amount));
                }
                4 => {
                    let mut left = amount;
                    for entry in list.iter_mut().rev() {
                        let taken = entry.1.min(left);
                        entry.1 -= taken;
                        left -= taken;
                    }
                    prop_assert_eq!(table.take_latest(RING, amount), amount - left);
                }
                _ => {
                    let until = at / 4.0;
                    let gone: f64 = list.iter().filter(|entry| entry.0 <= until).map(|entry| entry.1).sum();
                    list.retain(|entry| entry.0 > until);
                    prop_assert_eq!(table.drop_until(RING, until), gone);
                }
            }
            list.retain(|entry| entry.1 > 0.0);
            prop_assert_eq!(entries(&table), list.clone());
        }
    }
}

#[test]
fn joins_a_later_instant_where_the_table_cannot_grow() {
    let table = table(1 << 16);
    assert!(table.begin_ring(5, RING, 2));
    while table.allocate(5, 3) != 0 {}
    for at in [10.0, 20.0, 30.0, 40.0, 25.0, 50.0] {
        table.add_at(5, RING, at, 1.0);
    }
    assert_eq!(entries(&table), [(10.0, 1.0), (20.0, 1.0), (30.0, 2.0), (50.0, 2.0)]);
}
