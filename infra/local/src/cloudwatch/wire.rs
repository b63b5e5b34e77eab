//! An alarm as `template.yaml` writes it. A property that is not known here is refused: it would mean something.

use serde::Deserialize;
use serde_json::Value;

use super::evaluation::Missing;

/// Properties of `AWS::CloudWatch::Alarm`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct WrittenAlarm {
    pub alarm_description: String,
    pub namespace: Option<String>,
    pub metric_name: Option<String>,
    #[serde(default)]
    pub dimensions: Vec<WrittenDimension>,
    pub statistic: Option<String>,
    pub extended_statistic: Option<String>,
    pub period: Option<u64>,
    #[serde(default)]
    pub metrics: Vec<WrittenQuery>,
    pub evaluation_periods: usize,
    pub datapoints_to_alarm: Option<usize>,
    pub threshold: f64,
    pub comparison_operator: Comparison,
    #[serde(default)]
    pub treat_missing_data: Missing,
    pub evaluate_low_sample_count_percentile: Option<String>,
    #[serde(default)]
    pub alarm_actions: Vec<Value>,
    #[serde(default, rename = "OKActions")]
    pub ok_actions: Vec<Value>,
}

/// Whose a metric is.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct WrittenDimension {
    pub name: String,
    pub value: String,
}

/// One of several metrics, or what is made of them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct WrittenQuery {
    pub id: String,
    pub expression: Option<String>,
    pub metric_stat: Option<WrittenStat>,
    pub return_data: Option<bool>,
}

/// A metric's statistic over a period.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct WrittenStat {
    pub stat: String,
    pub period: u64,
    pub metric: WrittenMetric,
}

/// A metric.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct WrittenMetric {
    pub namespace: String,
    pub metric_name: String,
    #[serde(default)]
    pub dimensions: Vec<WrittenDimension>,
}

/// Which side of the threshold is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(clippy::enum_variant_names, reason = "CloudWatch's names")]
pub(super) enum Comparison {
    GreaterThanThreshold,
    GreaterThanOrEqualToThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}
