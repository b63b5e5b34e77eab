//! Metrics out of a line that a function logs. Source: Amazon CloudWatch user guide, "Specification: Embedded metric
//! format".

use serde_json::Value;

use super::metrics::Metric;

/// What a line says was measured. Empty: it is no such line.
pub fn measured(line: &str) -> Vec<(Metric, f64)> {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    let directives = line.pointer("/_aws/CloudWatchMetrics").and_then(Value::as_array);
    directives.into_iter().flatten().flat_map(|directive| of_directive(&line, directive)).collect()
}

fn of_directive(line: &Value, directive: &Value) -> Vec<(Metric, f64)> {
    let namespace = text(directive.get("Namespace"));
    let mut measured = Vec::new();
    for dimensions in list(directive.get("Dimensions")) {
        let names = list(Some(dimensions)).iter().filter_map(Value::as_str);
        let dimensions: std::collections::BTreeMap<String, String> =
            names.map(|name| (name.to_owned(), text(line.get(name)))).collect();
        for name in list(directive.get("Metrics")).iter().map(|metric| text(metric.get("Name"))) {
            let metric =
                Metric { namespace: namespace.clone(), name: name.clone(), dimensions: dimensions.clone() };
            measured.extend(values(line.get(&name)).into_iter().map(|value| (metric.clone(), value)));
        }
    }
    measured
}

/// One value, or a list of them.
fn values(value: Option<&Value>) -> Vec<f64> {
    match value {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_f64).collect(),
        value => value.and_then(Value::as_f64).into_iter().collect(),
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_cloudwatch_reads_it() {
        let line = r#"{"_aws":{"Timestamp":7,"CloudWatchMetrics":[{"Namespace":"Turnwise","Dimensions":[["Stack"]],
            "Metrics":[{"Name":"Answered","Unit":"Count"},{"Name":"WaitingTime","Unit":"Milliseconds"},
            {"Name":"Absent","Unit":"Count"}]}]},"Stack":"s","Answered":2,"WaitingTime":[12,30],"Other":1}"#;
        let of = |name: &str| Metric::of("Turnwise", name, "Stack", "s");
        let wanted = [(of("Answered"), 2.0), (of("WaitingTime"), 12.0), (of("WaitingTime"), 30.0)];
        assert_eq!(measured(line), wanted);
        assert_eq!(measured("a plain line"), []);
    }
}
