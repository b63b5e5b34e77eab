//! What a month costs: its counts are those that the code is held to, and the page shows what the command says.

use serde_json::Value;

use crate::stack::{root, turnwise};

async fn told(arguments: &[&str]) -> String {
    let output = turnwise().arg("cost").args(arguments).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn bill(arguments: &[&str]) -> Value {
    serde_json::from_str(&told(&[arguments, &["--json"]].concat()).await).unwrap()
}

/// `name: 6` in the budget of a turn of one message.
fn budgeted(name: &str) -> f64 {
    let budget = std::fs::read_to_string(root().join("tests/protocol/budget.rs")).unwrap();
    let of_one = budget.split_once("let budget = Counted {").unwrap().1.split_once('}').unwrap().0;
    let number = of_one.split_once(&format!("{name}: ")).unwrap().1;
    number.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

#[tokio::test]
async fn the_bill_counts_what_the_code_is_held_to() {
    let turn = bill(&[]).await["turn"].clone();
    for (counted, name) in
        [("writes", "writes"), ("reads", "reads"), ("doorbells", "doorbells"), ("notices_sent", "notices")]
    {
        assert_eq!(turn[counted].as_f64(), Some(budgeted(name)), "{name}");
    }
    // Ten messages of one turn: `a_turn_of_ten_messages_costs_two_writes_each_and_four`.
    let turn = bill(&["--per-turn", "10"]).await["turn"].clone();
    let budget = std::fs::read_to_string(root().join("tests/protocol/budget.rs")).unwrap();
    assert!(
        budget.contains("counted.writes, 2 * 10 + 4 + 9") && budget.contains("counted.doorbells, 3 * 10 + 1")
    );
    assert_eq!((turn["writes"].as_f64(), turn["doorbells"].as_f64()), (Some(33.0), Some(30.0)));
}

#[tokio::test]
async fn the_page_shows_what_the_command_says() {
    let page = std::fs::read_to_string(root().join("docs/cost.md")).unwrap();
    for arguments in [&[][..], &["--messages", "10000", "--region", "eu-west-1"]] {
        let shown = told(arguments).await;
        assert!(
            page.contains(&format!("```\n{shown}```")),
            "docs/cost.md does not show what `cost {arguments:?}` says:\n{shown}"
        );
    }
}

#[tokio::test]
async fn more_messages_a_slower_model_and_more_memory_cost_more() {
    let usual = bill(&[]).await["dollars"].as_f64().unwrap();
    for more in
        [["--messages", "2000000"], ["--model-ms", "5000"], ["--memory", "512"], ["--window-ms", "1200"]]
    {
        assert!(bill(&more).await["dollars"].as_f64().unwrap() > usual * 1.02, "{more:?}");
    }
    assert!(bill(&["--per-turn", "2"]).await["dollars"].as_f64().unwrap() < usual);
    assert!(bill(&[]).await["floor_dollars"].as_f64().unwrap() < usual);
}

#[tokio::test]
async fn a_region_without_prices_is_named() {
    let output = turnwise().args(["cost", "--region", "mars-north-1"]).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("mars-north-1") && said.contains("us-east-1"),
        "{said}"
    );
}
