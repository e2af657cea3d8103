//! The hash is core's.

use proptest::prelude::*;
use sluice::hash::{Hash, Hasher, Text};

fn hash_of(text: &str) -> Hash {
    let units: Vec<u16> = text.encode_utf16().collect();
    Hasher::new(0x1234_5678, 0x9abc_def0).absorb(Text::Utf16(&units)).finish(7, 9)
}

#[test]
fn hashes_as_core_does() {
    let long = "x".repeat(300);
    for (text, a, b) in [
        ("", 0xbc8a_2e2c, 0x6325_fec1),
        ("a", 0x8917_32af, 0x13cc_ff59),
        ("abc", 0x534a_1d61, 0x5416_8fe0),
        ("abcd", 0xe9de_a5f9, 0x03ae_9cfd),
        ("8:user-42|", 0x8847_3646, 0x5ba3_abcc),
        ("été", 0x257f_ba00, 0x9a56_be5b),
        ("šx", 0x049d_2e97, 0x8c2a_2202),
        ("日本語", 0x106e_2fb2, 0x62f2_3b7d),
        (&long, 0x7559_203e, 0x0816_9ee8),
    ] {
        assert_eq!(hash_of(text), Hash { a, b }, "{text}");
    }
}

proptest! {
    #[test]
    fn hashes_bytes_as_the_units_that_they_stand_for(bytes: Vec<u8>, keys: [u32; 4]) {
        let units: Vec<u16> = bytes.iter().map(|&byte| u16::from(byte)).collect();
        let hasher = Hasher::new(keys[0], keys[1]);
        let one = hasher.absorb(Text::Latin1(&bytes)).finish(keys[2], keys[3]);
        prop_assert_eq!(one, hasher.absorb(Text::Utf16(&units)).finish(keys[2], keys[3]));
    }

    #[test]
    fn tells_texts_apart_by_every_unit(units in proptest::collection::vec(any::<u16>(), 1..40), at: prop::sample::Index) {
        let mut other = units.clone();
        other[at.index(units.len())] ^= 0x100;
        let hasher = Hasher::new(1, 2);
        let hash = |units: &[u16]| hasher.absorb(Text::Utf16(units)).finish(0, 0);
        prop_assert_ne!(hash(&units), hash(&other));
    }
}
