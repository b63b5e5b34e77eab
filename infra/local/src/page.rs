//! The page and the web widget: plain files, no build step, nothing from elsewhere.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/html; charset=utf-8";

/// What lies under `/page/`: its name, what it is, what stands in it.
const FILES: [(&str, &str, &str); 18] = [
    ("page.css", STYLE, include_str!("../page/page.css")),
    ("page.js", SCRIPT, include_str!("../page/page.js")),
    ("people.js", SCRIPT, include_str!("../page/people.js")),
    ("pane.js", SCRIPT, include_str!("../page/pane.js")),
    ("conversation.js", SCRIPT, include_str!("../page/conversation.js")),
    ("web.js", SCRIPT, include_str!("../page/web.js")),
    ("platform.js", SCRIPT, include_str!("../page/platform.js")),
    ("memory.js", SCRIPT, include_str!("../page/memory.js")),
    ("row.js", SCRIPT, include_str!("../page/row.js")),
    ("request.js", SCRIPT, include_str!("../page/request.js")),
    ("words.js", SCRIPT, include_str!("../page/words.js")),
    ("board.js", SCRIPT, include_str!("../page/board.js")),
    ("charts.js", SCRIPT, include_str!("../page/charts.js")),
    ("breaking.js", SCRIPT, include_str!("../page/breaking.js")),
    ("armed.js", SCRIPT, include_str!("../page/armed.js")),
    ("deeds.js", SCRIPT, include_str!("../page/deeds.js")),
    ("clock.js", SCRIPT, include_str!("../page/clock.js")),
    ("dom.js", SCRIPT, include_str!("../page/dom.js")),
];

/// `/`
pub async fn index() -> Response {
    file(TEXT, include_str!("../page/index.html"))
}

/// `/page/NAME`
pub async fn part(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, _, _)| *known == name) {
        Some((_, content_type, text)) => file(content_type, text),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `/widget.js`
pub async fn widget() -> Response {
    file(SCRIPT, include_str!("../../../widget/widget.js"))
}

/// `/widget`: a page that has it.
pub async fn widget_page() -> Response {
    file(TEXT, include_str!("../../../widget/example.html"))
}

/// `/widget.css`: how that page sets its colours.
pub async fn widget_style() -> Response {
    file(STYLE, include_str!("../../../widget/example.css"))
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}
