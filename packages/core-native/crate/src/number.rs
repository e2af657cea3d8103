//! Numbers as JavaScript has them.

/// The largest of the integers that are all told apart.
pub const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// `x | 0`: the lower 32 bits of an integer.
#[inline(always)]
pub fn low_word(x: f64) -> u32 {
    if x.abs() < 9_223_372_036_854_775_808.0 {
        // Safety: it is less than 2 ** 63, and not NaN.
        return unsafe { x.to_int_unchecked::<i64>() } as u32;
    }
    if x.is_finite() { x.rem_euclid(4_294_967_296.0) as u32 } else { 0 }
}

/// The larger one; the first where both are 0.
#[inline(always)]
pub fn larger(one: f64, other: f64) -> f64 {
    if other > one { other } else { one }
}

/// The smaller one.
#[inline(always)]
pub fn smaller(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

/// `x || 0`, of what may not be a number.
#[inline(always)]
pub fn or_nothing(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x }
}

/// How far `at` lies in its slot of `precision`; never negative.
pub fn into_slot(at: f64, precision: f64) -> f64 {
    // As integers where both are, which is faster by much.
    if at.abs() < MAX_SAFE_INTEGER && precision < MAX_SAFE_INTEGER && at.trunc() == at && precision.trunc() == precision
    {
        return (at as i64).rem_euclid(precision as i64) as f64;
    }
    ((at % precision) + precision) % precision
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_lower_bits_as_javascript_does() {
        for (number, word) in [
            (0.0, 0),
            (-1.0, u32::MAX),
            (4_294_967_296.0, 0),
            (4_294_967_297.5, 1),
            (-4_294_967_295.0, 1),
            (f64::INFINITY, 0),
            (f64::NEG_INFINITY, 0),
            (f64::NAN, 0),
            (36_893_488_147_419_103_232.0, 0),
        ] {
            assert_eq!(low_word(number), word, "{number}");
        }
    }

    #[test]
    fn finds_the_slot_before_the_epoch_too() {
        assert_eq!([-4.0, -5.0, 0.0, 7.0, 10.0].map(|at| into_slot(at, 5.0)), [1.0, 0.0, 0.0, 2.0, 0.0]);
    }
}
