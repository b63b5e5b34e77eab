//! An alarm of the template, and what it says of what was measured.

use serde_json::Value;

use super::evaluation::{AlarmState, Rule};
use super::math::Expression;
use super::metrics::{Metric, Metrics};
use super::statistic::Statistic;
use super::wire::{Comparison, WrittenAlarm, WrittenDimension, WrittenQuery, WrittenStat};
use crate::cli::Failure;

/// Seconds of the shortest period here.
const MINUTE_S: u64 = 60;

/// An alarm.
pub struct Alarm {
    /// Its logical id.
    pub name: String,
    /// What it says to people.
    pub description: String,
    /// Whether it says that it is over.
    pub tells_when_over: bool,
    looks_at: Expression,
    queries: Vec<(String, Query)>,
    minutes: u64,
    rule: Rule,
    threshold: f64,
    comparison: Comparison,
    needs_samples: bool,
}

/// A statistic of a metric.
struct Query {
    metric: Metric,
    statistic: Statistic,
}

impl Alarm {
    /// Reads the properties of an alarm.
    ///
    /// # Errors
    /// They say something that is not known here.
    pub fn read(name: &str, properties: &Value) -> Result<Alarm, Failure> {
        let written: WrittenAlarm = serde_json::from_value(properties.clone())
            .map_err(|error| format!("template.yaml: {name}: {error}"))?;
        let unknown = |what: &str| format!("template.yaml: {name}: {what}");
        if written.alarm_actions.is_empty() {
            return Err(unknown("it tells nobody").into());
        }
        let (looks_at, queries) = if written.metrics.is_empty() {
            (
                Expression::Metric("m".to_owned()),
                vec![("m".to_owned(), simple(&written).map_err(|what| unknown(&what))?)],
            )
        } else {
            several(&written.metrics).map_err(|what| unknown(&what))?
        };
        let periods = queries.iter().map(|(_, (_, seconds))| *seconds);
        let seconds = periods.clone().max().filter(|seconds| periods.min() == Some(*seconds));
        let seconds = seconds.ok_or_else(|| unknown("its metrics have different periods, or none"))?;
        let bad_min = written.datapoints_to_alarm.unwrap_or(written.evaluation_periods);
        Ok(Alarm {
            name: name.to_owned(),
            description: written.alarm_description,
            tells_when_over: !written.ok_actions.is_empty(),
            looks_at,
            queries: queries.into_iter().map(|(id, (query, _))| (id, query)).collect(),
            minutes: (seconds / MINUTE_S).max(1),
            rule: Rule { periods: written.evaluation_periods, bad_min, missing: written.treat_missing_data },
            threshold: written.threshold,
            comparison: written.comparison_operator,
            needs_samples: written.evaluate_low_sample_count_percentile.as_deref() == Some("ignore"),
        })
    }

    /// Its state when `minute` begins. Periods end there: CloudWatch looks every minute, also at longer periods.
    pub fn state(&self, metrics: &Metrics, minute: u64, before: AlarmState) -> AlarmState {
        let mut bad = Vec::new();
        for back in 0..self.rule.range() as u64 {
            let end = minute.saturating_sub(back * self.minutes);
            let period = end.saturating_sub(self.minutes)..end;
            if back == 0 && self.needs_samples && self.is_thin(metrics, period.clone()) {
                return before;
            }
            let of = |id: &str| {
                let (_, query) = self.queries.iter().find(|(known, _)| known == id)?;
                Some(metrics.point(&query.metric, period.clone(), query.statistic)?.0)
            };
            bad.push(self.looks_at.value(&of).map(|value| self.is_bad(value)));
        }
        self.rule.state(&bad, before)
    }

    fn is_thin(&self, metrics: &Metrics, period: std::ops::Range<u64>) -> bool {
        let thin = |query: &Query| {
            let samples = metrics
                .point(&query.metric, period.clone(), query.statistic)
                .map_or(0, |(_, samples)| samples);
            samples < query.statistic.samples_min()
        };
        self.queries.iter().any(|(_, query)| thin(query))
    }

    fn is_bad(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::GreaterThanThreshold => value > self.threshold,
            Comparison::GreaterThanOrEqualToThreshold => value >= self.threshold,
            Comparison::LessThanThreshold => value < self.threshold,
            Comparison::LessThanOrEqualToThreshold => value <= self.threshold,
        }
    }
}

/// With the period in seconds.
type Asked = (Query, u64);

fn simple(written: &WrittenAlarm) -> Result<Asked, String> {
    let (Some(namespace), Some(name), Some(period)) =
        (&written.namespace, &written.metric_name, written.period)
    else {
        return Err("it looks at no metric".to_owned());
    };
    let statistic = written.statistic.as_ref().or(written.extended_statistic.as_ref());
    let statistic = statistic.ok_or("it has no statistic")?;
    query(namespace, name, &written.dimensions, statistic, period)
}

fn query(
    namespace: &str,
    name: &str,
    dimensions: &[WrittenDimension],
    statistic: &str,
    period: u64,
) -> Result<Asked, String> {
    let dimensions = dimensions.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
    let metric = Metric { namespace: namespace.to_owned(), name: name.to_owned(), dimensions };
    let statistic =
        Statistic::named(statistic).ok_or_else(|| format!("`{statistic}` is no statistic here"))?;
    Ok((Query { metric, statistic }, period))
}

fn several(written: &[WrittenQuery]) -> Result<(Expression, Vec<(String, Asked)>), String> {
    let shown = written.iter().find(|query| query.return_data != Some(false));
    let shown = shown.ok_or("none of its metrics is what it looks at")?;
    let looks_at = match &shown.expression {
        Some(text) => Expression::parse(text).map_err(|error| error.to_string())?,
        None => Expression::Metric(shown.id.clone()),
    };
    let stats = written.iter().filter_map(|query| Some((query.id.clone(), query.metric_stat.as_ref()?)));
    let queries = stats.map(|(id, WrittenStat { stat, period, metric })| {
        Ok((id, query(&metric.namespace, &metric.metric_name, &metric.dimensions, stat, *period)?))
    });
    Ok((looks_at, queries.collect::<Result<_, String>>()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn alarm(properties: &Value) -> Alarm {
        Alarm::read("A", properties).unwrap()
    }

    fn of_errors() -> Value {
        json!({
            "AlarmDescription": "d", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
            "Dimensions": [{ "Name": "FunctionName", "Value": "f" }], "Period": 300, "EvaluationPeriods": 1,
            "Threshold": 2, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
            "AlarmActions": ["topic"],
        })
    }

    fn errors(minutes: &[u64]) -> Metrics {
        let mut metrics = Metrics::default();
        for minute in minutes {
            metrics.put(Metric::of("AWS/Lambda", "Errors", "FunctionName", "f"), *minute, 1.0);
        }
        metrics
    }

    #[test]
    fn a_period_of_minutes_ends_with_every_minute() {
        let (alarm, metrics) = (alarm(&of_errors()), errors(&[100, 103, 104]));
        let at = |minute| alarm.state(&metrics, minute, AlarmState::Ok);
        assert_eq!((at(104), at(105), at(106)), (AlarmState::Ok, AlarmState::Alarm, AlarmState::Ok));
    }

    #[test]
    fn several_metrics_are_one_value() {
        let stat = |whose: &str| {
            let dimensions = json!([{ "Name": "FunctionName", "Value": whose }]);
            let metric =
                json!({ "Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": dimensions });
            json!({ "Id": whose, "ReturnData": false, "MetricStat": { "Stat": "Sum", "Period": 60, "Metric": metric } })
        };
        let alarm = alarm(&json!({
            "AlarmDescription": "d", "EvaluationPeriods": 1, "Threshold": 1, "AlarmActions": ["topic"],
            "OKActions": ["topic"],
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Metrics": [{ "Id": "all", "Expression": "FILL(f, 0) + FILL(g, 0)" }, stat("f"), stat("g")],
        }));
        assert!(alarm.tells_when_over);
        let metrics = errors(&[7]);
        let at = |minute| alarm.state(&metrics, minute, AlarmState::InsufficientData);
        assert_eq!((at(7), at(8), at(9)), (AlarmState::Ok, AlarmState::Alarm, AlarmState::Ok));
    }

    #[test]
    fn a_percentile_of_few_values_changes_nothing_where_that_is_asked_for() {
        let mut properties = of_errors();
        let fields = properties.as_object_mut().unwrap();
        fields.remove("Statistic");
        fields.insert("ExtendedStatistic".to_owned(), json!("p99"));
        fields.insert("Threshold".to_owned(), json!(0));
        let metrics = errors(&[100]);
        assert_eq!(alarm(&properties).state(&metrics, 101, AlarmState::Ok), AlarmState::Alarm);
        properties["EvaluateLowSampleCountPercentile"] = json!("ignore");
        assert_eq!(alarm(&properties).state(&metrics, 101, AlarmState::Ok), AlarmState::Ok);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let text = |text: &str| json!(text);
        let faults = [("Metric", text("Errors")), ("Statistic", text("IQM")), ("Period", Value::Null)];
        for (key, value) in faults.into_iter().chain([("AlarmActions", json!([]))]) {
            let mut properties = of_errors();
            properties[key] = value;
            assert!(Alarm::read("A", &properties).is_err(), "{key}");
        }
    }
}
