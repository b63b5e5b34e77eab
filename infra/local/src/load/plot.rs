//! The course of a run as a picture: latencies second by second, on a scale that grows tenfold.

use std::fmt::Write;

use super::figures::Latencies;
use super::report::{Course, Report};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 360.0;
/// Around the picture, for words and numbers.
const EDGE: f64 = 60.0;
/// 1 ms stands at the bottom, 100 s at the top.
const DECADES: u32 = 5;
/// Seconds between two marks at the most.
const MARKS: u64 = 10;

/// A line of the picture: its name, its colour, its percentile and what of.
type Line = (&'static str, &'static str, f64, fn(&Course) -> Option<u64>);

const LINES: [Line; 4] = [
    ("acknowledged, p50", "#1f77b4", 50.0, |course| course.acknowledged),
    ("acknowledged, p99", "#7fb3d9", 99.0, |course| course.acknowledged),
    ("answered, p50", "#2c8a3d", 50.0, |course| course.answered),
    ("answered, p99", "#9ad0a3", 99.0, |course| course.answered),
];

/// The picture.
pub fn svg(report: &Report) -> String {
    let seconds = report.course.last().map_or(1, |last| last.due / 1_000 + 1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for part in [scale(), marks(seconds)] {
        svg.push_str(&part);
    }
    for (number, line) in (0_u32..).zip(&LINES) {
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" points=\"{}\"/>\n\
             <text x=\"{:.0}\" y=\"20\" fill=\"{}\">{}</text>",
            line.1,
            points(report, line, seconds),
            EDGE + f64::from(number) * 190.0,
            line.1,
            line.0
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn points(report: &Report, (_, _, percent, of): &Line, seconds: u64) -> String {
    let mut points = String::new();
    for second in 0..seconds {
        let here = report.course.iter().filter(|course| course.due / 1_000 == second).filter_map(of);
        let Some(latencies) = Latencies::of(here).filter(|latencies| latencies.count() > 0) else { continue };
        let _ = write!(points, "{:.1},{:.1} ", across(second, seconds), up(latencies.percentile(*percent)));
    }
    points
}

fn across(second: u64, seconds: u64) -> f64 {
    let small = |value: u64| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    EDGE + (WIDTH - 2.0 * EDGE) * small(second) / small(seconds.max(1))
}

fn up(ms: u64) -> f64 {
    let ms = f64::from(u32::try_from(ms.max(1)).unwrap_or(u32::MAX));
    HEIGHT - EDGE - (HEIGHT - 2.0 * EDGE) * ms.log10().min(f64::from(DECADES)) / f64::from(DECADES)
}

fn scale() -> String {
    let mut scale = String::new();
    for (decade, name) in (0..).zip(["1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s"]) {
        let y = up(10_u64.pow(decade));
        let _ = writeln!(
            scale,
            "<line x1=\"{EDGE}\" x2=\"{:.0}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/>\n\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            WIDTH - EDGE,
            EDGE - 6.0,
            y + 4.0
        );
    }
    scale
}

fn marks(seconds: u64) -> String {
    let mut marks = String::new();
    let step = seconds.div_ceil(MARKS).max(1);
    for second in (0..=seconds).step_by(usize::try_from(step).unwrap_or(1)) {
        let _ = writeln!(
            marks,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{second} s</text>",
            across(second, seconds),
            HEIGHT - EDGE + 20.0
        );
    }
    marks
}
