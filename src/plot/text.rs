//! Words in pictures: how wide they are, and what they look like in pixels.
//!
//! The font is embedded (Noto Sans, SIL Open Font License), so that no machine needs to have one.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, PxScale, ScaleFont, point};

static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(notosans::REGULAR_TTF).expect("the embedded font is a font")
});

/// What a viewer of vector pictures may take for the font, the best first.
pub(super) const FAMILIES: &str = "Noto Sans, Open Sans, Helvetica, Arial, DejaVu Sans, sans-serif";

/// Width of a text at a font size, in the unit of the size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let font = FONT.as_scaled(scale(size));
    let mut width = 0.0;
    let mut last = None;
    for character in text.chars() {
        let glyph = font.glyph_id(character);
        width += last.map_or(0.0, |last| font.kern(last, glyph)) + font.h_advance(glyph);
        last = Some(glyph);
    }
    f64::from(width)
}

/// Whether the font can write a character.
#[cfg(test)]
pub(super) fn has(character: char) -> bool {
    FONT.glyph_id(character) != GlyphId(0)
}

/// Calls `draw` with each pixel of a text and how much of it is covered (0 to 1). Pixels are counted to the right and
/// downwards from the begin of the baseline.
pub(super) fn pixels(text: &str, size: f64, mut draw: impl FnMut(i32, i32, f64)) {
    let scale = scale(size);
    let font = FONT.as_scaled(scale);
    let mut x = 0.0;
    let mut last: Option<GlyphId> = None;
    for character in text.chars() {
        let id = font.glyph_id(character);
        x += last.map_or(0.0, |last| font.kern(last, id));
        let glyph = id.with_scale_and_position(scale, point(x, 0.0));
        if let Some(outline) = FONT.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            let (left, top) = (corner.x as i32, corner.y as i32);
            outline.draw(|dx, dy, coverage| {
                draw(left + dx as i32, top + dy as i32, f64::from(coverage));
            });
        }
        x += font.h_advance(id);
        last = Some(id);
    }
}

/// Text that is one line of a well-formed document, whatever it was: characters that steer something or that XML does not
/// have become the replacement character.
pub(super) fn printable(text: &str) -> String {
    let steers = |character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
            || matches!(character as u32 & 0xffff, 0xfffe | 0xffff)
    };
    let replaced = text.chars();
    replaced
        .map(|character| match steers(character) {
            true => char::REPLACEMENT_CHARACTER,
            false => character,
        })
        .collect()
}

/// As much of a text as fits, with an ellipsis if it is not all.
pub(super) fn fitted(text: &str, size: f64, space: f64) -> String {
    let text = printable(text);
    if width(&text, size) <= space {
        return text;
    }
    let mut short = String::new();
    let mut used = width("…", size);
    for character in text.chars() {
        used += width(character.encode_utf8(&mut [0; 4]), size);
        if used > space {
            break;
        }
        short.push(character);
    }
    short + "…"
}

/// The scale of the font library, which is of the height of a line, for a size of an em.
fn scale(size: f64) -> PxScale {
    let units = FONT.units_per_em().unwrap_or(1000.0);
    PxScale::from(size as f32 * FONT.height_unscaled() / units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_grow_with_size_and_add_up() {
        let digit = width("0", 10.0);
        // all digits of the font are 572 of 1000 units wide
        assert!((digit - 5.72).abs() < 0.02, "{digit}");
        assert!((width("2024", 20.0) - 8.0 * digit).abs() < 0.01);
        assert_eq!(width("", 10.0), 0.0);
    }

    #[test]
    fn what_pictures_write_is_in_the_font() {
        for character in "0123456789.−+±°µ…-'\"()[]%:/\u{fffd}".chars() {
            assert!(has(character), "{character:?}");
        }
    }

    #[test]
    fn text_from_outside_is_one_harmless_line() {
        let text = printable("a\n\u{1b}[2J\u{202e}b\0\u{fffe}Ä☉");
        assert_eq!(text, "a\u{fffd}\u{fffd}[2J\u{fffd}b\u{fffd}\u{fffd}Ä☉");
    }

    #[test]
    fn long_text_is_cut_to_the_space() {
        let text = fitted(&"J0123+4567 ".repeat(50), 10.0, 100.0);
        assert!(text.ends_with('…') && width(&text, 10.0) <= 101.0, "{text}");
        assert_eq!(fitted("short", 10.0, 100.0), "short");
    }
}
