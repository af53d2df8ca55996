//! Units that the parsers of the field know: those of FITS (standard 4.0, section 4.3) that VOUnits 1.1 has too.

use super::Column;

/// Units that a prefix may stand before.
const SCALED: &[&str] = &[
    "m", "g", "s", "A", "K", "mol", "cd", "rad", "sr", "Hz", "J", "W", "V", "N", "Pa", "C", "Ohm",
    "S", "F", "Wb", "T", "H", "lm", "lx", "eV", "pc", "yr", "a", "barn", "bit", "byte", "Jy",
    "mag", "R", "G",
];

/// Units that stand alone.
const ALONE: &[&str] = &[
    "deg", "arcmin", "arcsec", "mas", "min", "h", "d", "erg", "Ry", "solMass", "solLum", "solRad",
    "Sun", "AU", "lyr", "count", "ct", "photon", "ph", "pixel", "pix", "chan", "bin", "voxel",
    "adu", "beam", "Angstrom", "D", "u",
];

const PREFIXES: &[&str] = &[
    "da", "d", "c", "m", "u", "n", "p", "f", "a", "z", "y", "h", "k", "M", "G", "T", "P", "E", "Z",
    "Y",
];

impl Column {
    /// Unit and description for FITS and VOTable: a unit that their parsers do not know stands in the description.
    pub(super) fn in_standard_units(&self) -> (&str, String) {
        self.with_unit_if(is_standard)
    }

    /// The same for astropy's own formats, which know the electron besides.
    pub(super) fn in_units_of_astropy(&self) -> (&str, String) {
        self.with_unit_if(|unit| is_standard(&unit.replace("electron", "count")))
    }

    fn with_unit_if(&self, is_known: impl Fn(&str) -> bool) -> (&str, String) {
        let words = self.full_description();
        match self.unit.as_str() {
            unit if unit.is_empty() || is_known(unit) => (unit, words),
            unit => ("", format!("{words} (unit: {unit})")),
        }
    }
}

/// Whether both parsers know a unit: products of known units and their powers, with one division at most.
fn is_standard(unit: &str) -> bool {
    let separates = |letter: char| matches!(letter, ' ' | '*' | '.' | '/' | '(' | ')');
    let mut pieces = unit.split(separates).filter(|piece| !piece.is_empty());
    let begins = unit.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '(');
    begins
        && unit.matches('/').count() <= 1
        && pieces.all(|piece| is_power(piece) || is_factor(piece))
}

/// `cm`, `s-1`, `m2`
fn is_factor(piece: &str) -> bool {
    let end = piece.find(|letter: char| !letter.is_ascii_alphabetic());
    let (name, power) = piece.split_at(end.unwrap_or(piece.len()));
    is_name(name) && (power.is_empty() || is_power(power))
}

fn is_power(piece: &str) -> bool {
    let digits = piece.strip_prefix(['+', '-']).unwrap_or(piece);
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_name(name: &str) -> bool {
    let is_scaled = |prefix: &str| {
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|rest| SCALED.contains(&rest))
    };
    let is_prefixed = PREFIXES.iter().any(|prefix| is_scaled(prefix));
    ALONE.contains(&name) || SCALED.contains(&name) || is_prefixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::ColumnKind;

    /// Tried with astropy 8.0.2: `Unit(unit, format="fits")` and `Unit(unit, format="vounit")` take the former, and at
    /// least one of the two refuses each of the latter.
    #[test]
    fn units_are_told_from_words() {
        for unit in [
            "d",
            "mag",
            "mmag",
            "uJy",
            "deg",
            "arcsec",
            "mas",
            "arcsec/yr",
            "mag/d",
            "d**-1",
            "pixel",
            "count/s",
            "ct/s",
            "adu",
            "km/s",
            "cm**2",
            "kg",
            "Jy.s",
            "um",
        ] {
            assert!(is_standard(unit), "{unit}");
        }
        for unit in [
            "",
            "sigma",
            "electron/s",
            "e-/s",
            "relative",
            "ppm",
            "deg_C",
            "hour",
            "ADU",
            "1/d",
            "erg/s/cm**2/Angstrom",
            "BJD - 2457000, days",
            "%",
            "σ",
        ] {
            assert!(!is_standard(unit), "{unit}");
        }
    }

    #[test]
    fn a_unit_that_nobody_knows_is_told_in_words() {
        let column = |unit: &str| {
            Column::new(
                "offset",
                ColumnKind::Float64,
                unit,
                "distance from the star",
            )
        };
        let sigma = column("sigma");
        let told = ("", "distance from the star (unit: sigma)".to_owned());
        assert_eq!(sigma.in_standard_units(), told);
        assert_eq!(sigma.in_units_of_astropy(), told);
        let plain = |unit: &'static str| (unit, "distance from the star".to_owned());
        assert_eq!(column("arcsec").in_standard_units(), plain("arcsec"));
        assert_eq!(column("").in_standard_units(), plain(""));
        assert_eq!(
            column("electron/s").in_units_of_astropy(),
            plain("electron/s")
        );
        assert_eq!(column("electron/s").in_standard_units().0, "");
    }
}
