//! Parameter Store's stand-in: what it gives, and what it refuses.

use serde_json::{Value, json};
use stand_ins::ssm::rules::Parameters;

fn put(parameters: &mut Parameters, name: &str, value: &str, overwrite: bool) -> Result<Value, &'static str> {
    let asked = json!({ "Name": name, "Value": value, "Type": "SecureString", "Overwrite": overwrite });
    parameters.call("PutParameter", &asked).map_err(|refusal| refusal.kind)
}

fn get(parameters: &mut Parameters, names: &[&str], decrypted: bool) -> Result<Value, &'static str> {
    let asked = json!({ "Names": names, "WithDecryption": decrypted });
    parameters.call("GetParameters", &asked).map_err(|refusal| refusal.kind)
}

#[test]
fn a_secure_string_is_plain_only_when_it_is_asked_for_so() {
    let mut parameters = Parameters::default();
    put(&mut parameters, "/turnwise/demo/A", "secret", false).unwrap();
    let plain = get(&mut parameters, &["/turnwise/demo/A", "/turnwise/demo/B"], true).unwrap();
    assert_eq!(plain.pointer("/Parameters/0/Value"), Some(&json!("secret")));
    assert_eq!(plain.get("InvalidParameters"), Some(&json!(["/turnwise/demo/B"])));
    let sealed = get(&mut parameters, &["/turnwise/demo/A"], false).unwrap();
    assert_ne!(sealed.pointer("/Parameters/0/Value"), Some(&json!("secret")));
}

#[test]
fn what_the_service_refuses_is_refused() {
    let mut parameters = Parameters::default();
    let eleven: Vec<String> = (0..11).map(|number| format!("/a/{number}")).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    assert_eq!(get(&mut parameters, &eleven, true), Err("ValidationException"));
    assert_eq!(get(&mut parameters, &[], true), Err("ValidationException"));
    let reference = "/aws/reference/secretsmanager/turnwise/A";
    assert_eq!(get(&mut parameters, &[reference], false), Err("ValidationException"));
    for name in ["", "turnwise/A", "/aws/A", "/ssm-a", "/a b"] {
        assert_eq!(put(&mut parameters, name, "x", false), Err("ValidationException"), "{name}");
    }
    assert_eq!(put(&mut parameters, "/a", "", false), Err("ValidationException"));
    assert_eq!(put(&mut parameters, "/a", &"x".repeat(4_097), false), Err("ValidationException"));
    put(&mut parameters, "/a", "1", false).unwrap();
    assert_eq!(put(&mut parameters, "/a", "2", false), Err("ParameterAlreadyExists"));
    assert_eq!(put(&mut parameters, "/a", "2", true).unwrap().get("Version"), Some(&json!(2)));
    let gone = parameters.call("DeleteParameter", &json!({ "Name": "/b" }));
    assert_eq!(gone.map_err(|refusal| refusal.kind), Err("ParameterNotFound"));
}
