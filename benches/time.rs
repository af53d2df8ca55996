//! Barycentric times of a ground-based survey: epochs a second on one core.
//!
//! First with every midnight still to be worked out, as a run meets them once, then as all its further sources do.

use std::hint::black_box;
use std::time::Instant;

use retriever::time::{Direction, Site, barycentric_julian_dates};

const EPOCHS: usize = 1_500;
const ROUNDS: usize = 2_000;

fn main() {
    let site = Site::new(-116.865, 33.356, 1_706.0);
    let star = Direction::new(208.29, 48.67, -35.0, 12.0, 2016.0);
    // eight years, several epochs a night at irregular times
    let times: Vec<f64> = (0..EPOCHS)
        .map(|epoch| {
            let night = (epoch / 3) as f64 * 5.9;
            58_200.0 + night + 0.1 + 0.31 * (epoch as f64 * 0.618_034).fract()
        })
        .collect();
    let begun = Instant::now();
    black_box(barycentric_julian_dates(&times, &star, &site));
    println!(
        "barycenter_first_source {:.2} ms",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        black_box(barycentric_julian_dates(black_box(&times), &star, &site));
    }
    let rate = (EPOCHS * ROUNDS) as f64 / begun.elapsed().as_secs_f64();
    println!("barycenter_epochs {:.2} million/s", rate / 1e6);
}
