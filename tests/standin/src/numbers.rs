//! Numbers as C's printf writes them: IRSA prints times and positions with `%.17g`, the rest with `%.9g`.

/// `%.{digits}g`: so many significant digits, trailing zeros gone, an exponent only where C takes one.
pub(crate) fn general(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return String::from("nan");
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific
        .split_once('e')
        .expect("Rust writes an exponent when asked for one");
    let exponent: i32 = exponent.parse().expect("an exponent is an integer");
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    trimmed(&format!("{value:.decimals$}")).to_owned()
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// A time or a position: `%.17g`.
pub(crate) fn double(value: f64) -> String {
    general(value, 17)
}

/// Anything else: the value rounded to single precision, `%.9g`.
pub(crate) fn single(value: f64) -> String {
    general(f64::from(value as f32), 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected texts are of rows that IRSA sent (oid 604103100006917) and of C's printf.
    #[test]
    fn numbers_are_written_as_irsa_writes_them() {
        assert_eq!(double(2458296.98024631), "2458296.9802463101");
        assert_eq!(double(30.3633011), "30.363301100000001");
        assert_eq!(single(16.9176140), "16.917614");
        assert_eq!(single(-0.0575410537), "-0.0575410537");
        assert_eq!(single(8.82756503e-05), "8.82756503e-05");
        assert_eq!(single(30.0), "30");
        assert_eq!(single(1.583), "1.58299994");
        assert_eq!(double(0.0), "0");
        assert_eq!(general(1e17, 17), "1e+17");
    }
}
