//! Pages as people use them: opened from a disk in a real browser, pointed at, clicked, zoomed.

mod driver;
mod figures; // one picture that fills the page
mod hostile; // names that are markup
#[path = "../support/journey.rs"]
mod journey;
mod project; // from a project file to its page
mod report; // the page of a whole project

use retriever::plot::{Brightness, Figure, LightcurveFigure, Mark, MarkKind, Series, write_html};

/// A page in a folder of its own.
pub struct Page {
    _folder: tempfile::TempDir,
    pub file: std::path::PathBuf,
}

impl Page {
    pub fn of(bytes: &[u8]) -> Page {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("page.html");
        std::fs::write(&file, bytes).expect("the folder is writable");
        Page {
            _folder: folder,
            file,
        }
    }

    pub fn of_figure(figure: &Figure) -> Page {
        let mut bytes = Vec::new();
        write_html(figure, &mut bytes).expect("memory is writable");
        Page::of(&bytes)
    }
}

/// Epochs of one filter, a day apart from MJD 59000 on, each with an error of 0.01.
pub fn series(observatory: &str, filter: &str, brightness: Brightness, value: Vec<f64>) -> Series {
    let number = value.len();
    Series {
        observatory: observatory.to_owned(),
        filter: filter.to_owned(),
        series_number: 1,
        injection: None,
        brightness,
        unit: match brightness {
            Brightness::Magnitude => "mag".to_owned(),
            Brightness::Flux => String::new(),
        },
        time: (0..number).map(|day| 59_000.0 + day as f64).collect(),
        error: vec![0.01; number],
        flagged: vec![false; number],
        value,
    }
}

/// A hundred days of zg at 18 mag and zr at 17 mag, epoch 20 of zg flagged, an event in zr on day 50; and a second panel
/// of a hundred relative fluxes.
pub fn star(name: &str) -> LightcurveFigure {
    let mut green = series("ZTF", "zg", Brightness::Magnitude, vec![18.0; 100]);
    green.flagged[20] = true;
    let mut red = series("ZTF", "zr", Brightness::Magnitude, vec![17.0; 100]);
    red.value[50] = 16.0;
    let flux = series("TESS", "TESS", Brightness::Flux, vec![1.0; 100]);
    LightcurveFigure {
        source_name: name.to_owned(),
        ra: 120.5,
        dec: -5.25,
        time_label: "MJD (UTC, mid-exposure)".to_owned(),
        series: vec![green, red, flux],
        marks: vec![Mark {
            kind: MarkKind::Detection,
            time: 59_050.0,
            start: 59_049.5,
            end: 59_050.5,
            snr: 12.0,
            text: "detection: S/N 12.0".to_owned(),
        }],
        period: None,
        epoch: 59_000.0,
    }
}
