//! HalfSipHash-1-3 of 64 bits (Aumasson and Bernstein, SipHash, 2012): who does not know the secret cannot make texts that collide.

/// The two words of a hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hash {
    pub a: u32,
    pub b: u32,
}

/// A text as JavaScript has it: by its UTF-16 code units, in a byte each where none is above U+00FF.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    Latin1(&'a [u8]),
    Utf16(&'a [u16]),
}

impl Text<'_> {
    /// Whether both are the same bytes in memory.
    #[inline(always)]
    pub fn is(&self, other: &Text<'_>) -> bool {
        match (self, other) {
            (Text::Latin1(one), Text::Latin1(two)) => std::ptr::eq::<[u8]>(*one, *two),
            (Text::Utf16(one), Text::Utf16(two)) => std::ptr::eq::<[u16]>(*one, *two),
            _ => false,
        }
    }
}

/// In the last word of a text that was taken in by two characters.
const WIDE_BIT: u32 = 1 << 31;

/// A secret, as the state before any text is taken in.
#[derive(Clone, Copy)]
pub struct Hasher {
    key: State,
}

/// What has been taken in.
#[derive(Clone, Copy)]
pub struct State {
    v: [u32; 4],
}

impl Hasher {
    /// A hash under a secret of two words.
    pub fn new(key0: u32, key1: u32) -> Self {
        Self { key: State { v: [key0, key1 ^ 0xee, key0 ^ 0x6c79_6765, key1 ^ 0x7465_6462] } }
    }

    /// Takes in a text: four characters to a word where none is above U+00FF, else two, and a last word of those left over and the
    /// length, with a bit that tells the two ways apart.
    #[inline]
    pub fn absorb(&self, text: Text<'_>) -> State {
        match text {
            Text::Latin1(bytes) => self.absorb_bytes(bytes),
            Text::Utf16(units) => self.absorb_units(units),
        }
    }

    #[inline]
    fn absorb_bytes(&self, bytes: &[u8]) -> State {
        let mut state = self.key;
        let (words, rest) = bytes.as_chunks::<4>();
        for word in words {
            state.take(u32::from_le_bytes(*word));
        }
        let mut last = (bytes.len() as u32) << 24;
        for (index, &byte) in rest.iter().enumerate() {
            last |= u32::from(byte) << (index * 8);
        }
        state.take(last);
        state
    }

    fn absorb_units(&self, units: &[u16]) -> State {
        let mut state = self.key;
        if units.iter().all(|&unit| unit <= 0xff) {
            let (words, rest) = units.as_chunks::<4>();
            for &[c0, c1, c2, c3] in words {
                state.take(u32::from(c0) | u32::from(c1) << 8 | u32::from(c2) << 16 | u32::from(c3) << 24);
            }
            let mut last = (units.len() as u32) << 24;
            for (index, &unit) in rest.iter().enumerate() {
                last |= u32::from(unit) << (index * 8);
            }
            state.take(last);
            return state;
        }
        for pair in units.chunks(2) {
            state.take(u32::from(pair[0]) | u32::from(pair.get(1).copied().unwrap_or(0)) << 16);
        }
        state.take(units.len() as u32 | WIDE_BIT);
        state
    }
}

impl State {
    #[inline(always)]
    fn take(&mut self, word: u32) {
        self.v[3] ^= word;
        self.round();
        self.v[0] ^= word;
    }

    #[inline(always)]
    fn round(&mut self) {
        let [mut v0, mut v1, mut v2, mut v3] = self.v;
        v0 = v0.wrapping_add(v1);
        v1 = v1.rotate_left(5) ^ v0;
        v0 = v0.rotate_left(16);
        v2 = v2.wrapping_add(v3);
        v3 = v3.rotate_left(8) ^ v2;
        v0 = v0.wrapping_add(v3);
        v3 = v3.rotate_left(7) ^ v0;
        v2 = v2.wrapping_add(v1);
        v1 = v1.rotate_left(13) ^ v2;
        v2 = v2.rotate_left(16);
        self.v = [v0, v1, v2, v3];
    }

    /// The hash of what was taken in, tweaked by two words.
    #[inline(always)]
    pub fn finish(&self, word0: u32, word1: u32) -> Hash {
        let mut state = *self;
        state.v[1] ^= word0;
        state.v[2] ^= 0xee;
        state.v[3] ^= word1;
        // Three rounds for each half of the result.
        for _ in 0..3 {
            state.round();
        }
        let a = state.v[1] ^ state.v[3];
        state.v[1] ^= 0xdd;
        for _ in 0..3 {
            state.round();
        }
        Hash { a, b: state.v[1] ^ state.v[3] }
    }
}
