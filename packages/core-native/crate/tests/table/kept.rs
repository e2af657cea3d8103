//! What a count keeps: in its line, in a ring, and without memory.

use crate::support::{hash_of, table};
use proptest::prelude::*;
use sluice::memory::Alone;
use sluice::table::Table;

fn kept(table: &Table<Alone>, count: usize) -> Vec<(f64, f64)> {
    (0..)
        .map(|index| table.kept_slot(count, index))
        .take_while(|&slot| slot != f64::INFINITY)
        .enumerate()
        .map(|(index, slot)| (slot, table.kept_amount(count, index)))
        .collect()
}

#[test]
fn keeps_four_charges_in_the_line_and_the_fifth_in_a_ring() {
    let table = table(1 << 20);
    let count = table.create_count(hash_of(1));
    for charge in 0..5 {
        assert!(!table.is_spilled(count));
        table.add_kept(count, f64::from(charge), 2.0, 100.0);
    }
    assert!(table.is_spilled(count));
    assert_eq!(kept(&table, count), [0.0, 1.0, 2.0, 3.0, 4.0].map(|slot| (slot, 2.0)));
    assert_eq!(table.kept_of(count), 10.0);
    table.turn_kept(count, 100.0, 102.0);
    assert_eq!((table.first_kept(count), table.kept_of(count)), (3.0, 4.0));
}

#[test]
fn spills_what_a_word_cannot_tell() {
    for (slot, units) in [(5.0, 4_294_967_296.0), (4_294_967_296.0, 1.0), (-4_294_967_296.0, 1.0)] {
        let table = table(1 << 20);
        let count = table.create_count(hash_of(1));
        table.add_kept(count, 0.0, 1.0, 1_000.0);
        table.add_kept(count, slot, units, 1_000.0);
        assert!(table.is_spilled(count), "{slot} {units}");
        assert_eq!(table.kept_of(count), 1.0 + units);
    }
}

#[test]
fn tells_slots_before_the_epoch_and_far_after_it() {
    for base in [-5_000_000_000.0, -3.0, 4_294_967_295.0, 9_007_199_000_000_000.0] {
        let table = table(1 << 20);
        let count = table.create_count(hash_of(1));
        for charge in [2.0, 0.0, 3.0, 1.0] {
            table.add_kept(count, base + charge, charge + 1.0, 60_000.0);
        }
        let expected = [0.0, 1.0, 2.0, 3.0].map(|charge| (base + charge, charge + 1.0));
        assert_eq!((kept(&table, count), table.is_spilled(count)), (expected.to_vec(), false));
    }
}

#[test]
fn keeps_one_entry_that_leaves_last_where_there_is_no_memory() {
    let table = table(1 << 20);
    let count = table.create_count(hash_of(1));
    let shard = table.shard_of_count(count);
    while table.allocate(shard, 3) != 0 {}
    for charge in 0..7 {
        table.add_kept(count, f64::from(charge), 2.0, 100.0);
    }
    assert_eq!(table.kept_of(count), 14.0);
    assert_eq!(table.kept_until_of(count), 106.0);
    assert_eq!(kept(&table, count)[0], (4.0, 10.0));
}

proptest! {
    #[test]
    fn gives_back_the_latest_and_any_slot(
        steps in proptest::collection::vec((0u8..5, 0u32..9, 1u32..5), 1..80)
    ) {
        let table = table(1 << 20);
        let count = table.create_count(hash_of(1));
        let mut list: Vec<(f64, f64)> = Vec::new();
        for (kind, slot, units) in steps {
            let (slot, units) = (f64::from(slot), f64::from(units));
            match kind {
                0..3 => {
                    table.add_kept(count, slot, units, 1_000.0);
                    match list.iter_mut().find(|entry| entry.0 == slot) {
                        Some(entry) => entry.1 += units,
                        None => list.push((slot, units)),
                    }
                    list.sort_by(|one, other| one.0.total_cmp(&other.0));
                }
                3 => {
                    table.take_kept(count, slot, units);
                    list.iter_mut().filter(|entry| entry.0 == slot).for_each(|entry| entry.1 -= units.min(entry.1));
                }
                _ => {
                    let mut left = units;
                    for entry in list.iter_mut().rev() {
                        let taken = entry.1.min(left);
                        entry.1 -= taken;
                        left -= taken;
                    }
                    prop_assert_eq!(table.take_latest_kept(count, units), units - left);
                }
            }
            list.retain(|entry| entry.1 > 0.0);
            prop_assert_eq!(kept(&table, count), list.clone());
            prop_assert_eq!(table.kept_of(count), list.iter().map(|entry| entry.1).sum::<f64>());
        }
    }
}
