//! Prices of AWS, in dollars for a million units, by region: as its public price lists had them in 2025,
//! without tiers, free quotas and taxes. Nobody has looked them up since: check them before you rely on them.

use crate::cli::Failure;

/// As of when they are.
pub const AS_OF: &str = "2025";

/// Of one region.
#[derive(Debug, Clone, Copy)]
pub struct Prices {
    /// The region.
    pub region: &'static str,
    /// Amazon API Gateway, HTTP APIs: requests.
    pub http_api: f64,
    /// AWS Lambda: requests.
    pub lambda_request: f64,
    /// AWS Lambda on arm64: gigabyte-seconds.
    pub gb_second: f64,
    /// Amazon DynamoDB on demand: write units of 1 KB.
    pub write_unit: f64,
    /// Amazon DynamoDB on demand: strongly consistent read units of 4 KB.
    pub read_unit: f64,
    /// Amazon SQS, FIFO queues: requests.
    pub sqs_fifo: f64,
    /// Amazon SQS, standard queues: requests.
    pub sqs_standard: f64,
    /// Amazon CloudWatch Logs: gigabytes taken in.
    pub log_gb: f64,
}

const REGIONS: [Prices; 2] = [
    Prices {
        region: "us-east-1",
        http_api: 1.00,
        lambda_request: 0.20,
        gb_second: 13.3334,
        write_unit: 0.625,
        read_unit: 0.125,
        sqs_fifo: 0.50,
        sqs_standard: 0.40,
        log_gb: 500_000.0,
    },
    Prices {
        region: "eu-west-1",
        http_api: 1.11,
        lambda_request: 0.20,
        gb_second: 13.3334,
        write_unit: 0.7065,
        read_unit: 0.1415,
        sqs_fifo: 0.50,
        sqs_standard: 0.40,
        log_gb: 570_000.0,
    },
];

/// Those of a region.
pub fn of(region: &str) -> Result<&'static Prices, Failure> {
    REGIONS.iter().find(|prices| prices.region == region).ok_or_else(|| {
        let known: Vec<_> = REGIONS.iter().map(|prices| prices.region).collect();
        format!("the prices of {region} are not known here; there are those of {}", known.join(" and "))
            .into()
    })
}
