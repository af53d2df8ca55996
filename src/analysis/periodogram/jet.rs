//! A number that depends on something, with its first two derivatives: arithmetic that differentiates by itself.

use std::ops::{Add, Div, Mul, Sub};

/// Value, first and second derivative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Jet {
    pub value: f64,
    pub first: f64,
    pub second: f64,
}

impl Jet {
    pub fn new(value: f64, first: f64, second: f64) -> Jet {
        Jet {
            value,
            first,
            second,
        }
    }

    pub fn constant(value: f64) -> Jet {
        Jet::new(value, 0.0, 0.0)
    }
}

impl Add for Jet {
    type Output = Jet;

    fn add(self, other: Jet) -> Jet {
        Jet::new(
            self.value + other.value,
            self.first + other.first,
            self.second + other.second,
        )
    }
}

impl Sub for Jet {
    type Output = Jet;

    fn sub(self, other: Jet) -> Jet {
        Jet::new(
            self.value - other.value,
            self.first - other.first,
            self.second - other.second,
        )
    }
}

impl Mul for Jet {
    type Output = Jet;

    fn mul(self, other: Jet) -> Jet {
        Jet::new(
            self.value * other.value,
            self.first * other.value + self.value * other.first,
            self.second * other.value + 2.0 * self.first * other.first + self.value * other.second,
        )
    }
}

impl Mul<Jet> for f64 {
    type Output = Jet;

    fn mul(self, other: Jet) -> Jet {
        Jet::new(self * other.value, self * other.first, self * other.second)
    }
}

impl Div for Jet {
    type Output = Jet;

    /// From the product of quotient and divisor, solved for the quotient and its derivatives.
    fn div(self, other: Jet) -> Jet {
        let value = self.value / other.value;
        let first = (self.first - value * other.first) / other.value;
        let second = (self.second - 2.0 * first * other.first - value * other.second) / other.value;
        Jet::new(value, first, second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // by hand at x = 2: x² has 4, 4, 2; (x² − 3)(x² + x) has 6, 29, 54; x²/(x² + x) = x/(x + 1) has 2/3, 1/9, −2/27
    #[test]
    fn derivatives_follow_the_rules() {
        let x = Jet::new(2.0, 1.0, 0.0);
        let square = x * x;
        assert_eq!(square, Jet::new(4.0, 4.0, 2.0));
        let product = (square - Jet::constant(3.0)) * (square + x);
        assert_eq!(product, Jet::new(6.0, 29.0, 54.0));
        let quotient = square / (square + x);
        for (found, expected) in [
            (quotient.value, 2.0 / 3.0),
            (quotient.first, 1.0 / 9.0),
            (quotient.second, -2.0 / 27.0),
        ] {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }
}
