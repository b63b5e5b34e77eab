//! What a check has found, and how all of it is told.

use serde_json::{Value, json};

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and there is something to know.
    Warn,
    /// Users notice, or will.
    Wrong,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Wrong => "wrong",
        }
    }
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which check.
    pub check: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found. It holds no secret.
    pub says: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(check: &'static str, says: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Ok, says: says.into(), remedy: None }
    }

    /// Something to know.
    pub fn warn(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Warn, says: says.into(), remedy: Some(remedy.into()) }
    }

    /// Something to do.
    pub fn wrong(check: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Wrong, says: says.into(), remedy: Some(remedy.into()) }
    }
}

/// One line for each finding, and what is to be done below those that ask for it.
pub fn print(findings: &[Finding]) {
    for Finding { check, verdict, says, remedy } in findings {
        println!("{:<6} {check:<10} {says}", verdict.name());
        if let Some(remedy) = remedy {
            println!("{:<17} -> {remedy}", "");
        }
    }
}

/// The same for programs.
pub fn as_json(findings: &[Finding]) -> Value {
    let shown = findings.iter().map(|finding| {
        json!({
            "check": finding.check,
            "verdict": finding.verdict.name(),
            "says": finding.says,
            "remedy": finding.remedy,
        })
    });
    json!({ "ok": count(findings, Verdict::Wrong) == 0, "findings": shown.collect::<Vec<_>>() })
}

/// How many stand so.
pub fn count(findings: &[Finding], verdict: Verdict) -> usize {
    findings.iter().filter(|finding| finding.verdict == verdict).count()
}
