//! Tools that are called.

use bot::Bot;
use domain::http::{HttpResponse, Method};
use domain::{Limits, State};
use serde_json::{Value, json};
use skills::{Called, Fields, Skills, result_of};

use crate::skills;

const TOML: &str = r#"
name = "d"
tool_hosts = ["api.example.org"]
[state]
city = { type = "string", enum = ["Taipei", "Tainan"] }
bedrooms = { type = "integer", minimum = 1, maximum = 9 }
[tools.search]
about = "Flats for rent."
keeps = ["city", "bedrooms"]
data = "flats.csv"
where = ["city = $city", "bedrooms >= $bedrooms", "rent <= $rent_max", "note ~ $words"]
sort = "rent"
rows = 2
[tools.search.arguments]
rent_max = { type = "number", exclusiveMinimum = 0 }
words = { type = "string", maxLength = 50 }
[tools.weather]
about = "The weather."
get = "https://api.example.org/now?city={city}"
required = ["city"]
headers = { Authorization = "Bearer ${KEY}" }
cache_s = 60
arguments.city = { type = "string" }
[tools.book]
about = "Books a visit."
post = "https://api.example.org/visits"
arguments.flat = { type = "integer" }
"#;

const FLATS: &str = "id,city,bedrooms,rent,note\n1,Taipei,2,900,near a park\n2,Taipei,3,700,quiet\n3,Tainan,1,300,ＰＡＲＫ view\n4,Taipei,2,800,new\n";

fn demo() -> (Bot, Skills) {
    skills(&[("bot.toml", TOML), ("prompts/default.md", "Be kind."), ("data/flats.csv", FLATS)]).unwrap()
}

fn call(name: &str, arguments: &Value, fields: &Fields) -> (Called, Fields) {
    demo().1.tools.call(name, arguments, fields, &Limits::default())
}

fn result(called: &Called) -> Value {
    let (Called::Result(text) | Called::Refused(text)) = called else { return Value::Null };
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_search_keeps_what_is_wanted_and_narrows_it_call_by_call() {
    let (called, kept) = call("search", &json!({ "city": "Taipei", "bedrooms": 2 }), &Fields::default());
    let found = result(&called);
    assert_eq!(
        (found["found"].as_i64(), &found["rows"][0]["id"], &found["rows"][1]["id"]),
        (Some(3), &json!(2), &json!(4))
    );
    assert_eq!(found["rows"].as_array().unwrap().len(), 2, "no more than the owner wants shown");

    let (called, kept) = call("search", &json!({ "rent_max": 750 }), &kept);
    assert_eq!(result(&called)["found"], 1);
    let stored: Value = serde_json::from_str(&kept.to_json()).unwrap();
    assert_eq!(stored, json!({ "city": "Taipei", "bedrooms": 2 }), "what is given for one call is not kept");

    let (called, kept) = call("search", &json!({ "city": null, "bedrooms": null, "words": "park" }), &kept);
    assert_eq!(result(&called)["found"], 2, "words are found in any width");
    assert!(kept.is_empty());
}

#[test]
fn what_does_not_fit_its_schema_changes_nothing_and_the_model_is_told_why() {
    let (_, kept) = call("search", &json!({ "city": "Taipei" }), &Fields::default());
    for (wrong, why) in [
        (json!({ "city": "Atlantis" }), "city"),
        (json!({ "city": "Tainan", "bedrooms": 0 }), "bedrooms"),
        (json!({ "rent_max": "cheap" }), "rent_max"),
        (json!({ "pets": true }), "pets"),
        (json!("no object"), "object"),
    ] {
        let (called, after) = call("search", &wrong, &kept);
        assert!(matches!(called, Called::Refused(_)), "{wrong}");
        assert!(result(&called)["error"].as_str().unwrap().contains(why), "{}", result(&called));
        assert_eq!(after, kept, "{wrong}");
    }
    assert!(matches!(call("delete_everything", &json!({}), &kept).0, Called::Refused(_)));
}

#[test]
fn a_call_of_a_server_chooses_neither_its_host_nor_its_secrets() {
    let wanted = json!({ "city": "x&key=1/../@evil.example/台" });
    let (Called::Ask { request, cache_s }, _) = call("weather", &wanted, &Fields::default()) else {
        panic!()
    };
    assert_eq!(
        request.url,
        "https://api.example.org/now?city=x%26key%3D1%2F..%2F%40evil.example%2F%E5%8F%B0"
    );
    assert_eq!(request.headers, [("authorization".to_owned(), "Bearer s3cret".to_owned())]);
    assert_eq!(cache_s, 60);

    let (Called::Ask { request, cache_s }, _) = call("book", &json!({ "flat": 4 }), &Fields::default())
    else {
        panic!()
    };
    assert_eq!((request.method, request.body.as_slice(), cache_s), (Method::Post, &br#"{"flat":4}"#[..], 0));
}

#[test]
fn a_call_of_a_server_stays_on_the_owners_path() {
    let toml =
        TOML.replace("https://api.example.org/now?city={city}", "https://api.example.org/cities/{city}/now");
    let (_, skills) =
        skills(&[("bot.toml", &toml), ("prompts/default.md", "x"), ("data/flats.csv", FLATS)]).unwrap();
    for (city, is_called) in [("Taipei", true), ("..", false), (".", false), ("", false), ("../x", true)] {
        let (called, _) =
            skills.tools.call("weather", &json!({ "city": city }), &Fields::default(), &Limits::default());
        assert_eq!(matches!(called, Called::Ask { .. }), is_called, "{city:?}");
    }
}

#[test]
fn what_has_no_value_comes_last_whichever_way_rows_are_sorted() {
    for (sort, ids) in [("rent", [3, 2]), ("-rent", [1, 2])] {
        let toml = TOML.replace("sort = \"rent\"", &format!("sort = \"{sort}\""));
        let flats = format!("{FLATS}5,Tainan,1,,no rent said\n");
        let (_, skills) =
            skills(&[("bot.toml", &toml), ("prompts/default.md", "x"), ("data/flats.csv", &flats)]).unwrap();
        let (called, _) = skills.tools.call("search", &json!({}), &Fields::default(), &Limits::default());
        let rows = result(&called)["rows"].clone();
        if sort == "rent" {
            assert_eq!((&rows[0]["id"], &rows[1]["id"]), (&json!(ids[0]), &json!(ids[1])));
        } else {
            assert_eq!(rows[0]["id"], json!(ids[0]));
        }
    }
}

#[test]
fn what_a_server_refuses_is_told_as_a_failure() {
    let answer = |status| Ok(HttpResponse { status, headers: Vec::new(), body: b"21 degrees".to_vec() });
    assert_eq!(result_of(&answer(200)), Ok("21 degrees".to_owned()));
    assert_eq!(result_of(&answer(503)), Err(r#"{"error":"the server answered with status 503"}"#.to_owned()));
}

#[test]
fn a_stored_value_that_is_damaged_is_found_and_not_used() {
    let stored = [("city", "\"Taipei\""), ("bedrooms", "77"), ("gone", "1"), ("wish", "{not json")];
    let fields = stored.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let (fields, damaged) = demo().1.tools.fields(&State { fields, ..State::default() });
    assert_eq!((fields.to_json().as_str(), damaged), (r#"{"city":"Taipei"}"#, 3));
}

#[test]
fn an_owners_mistake_is_named_with_its_line() {
    let said = |toml: &str| {
        let files = [("bot.toml", toml), ("prompts/default.md", "x"), ("data/a.csv", "id\n1\n")];
        skills(&files).err().unwrap()
    };
    for (tool, wrong) in [
        ("data = \"a.csv\"\nwhere = [\"rent <= $max\"]", "bot.toml:5: there is no argument `max`"),
        ("data = \"a.csv\"\nwhere = [\"rent\"]", "bot.toml:5: `rent` must be like"),
        ("data = \"../a.csv\"", "bot.toml:4: `../a.csv` must be"),
        ("data = \"b.csv\"", "data/b.csv: there is no such file"),
        (
            "data = \"a.csv\"\nsort = \"rent\"",
            "bot.toml:2: tool `t`: no row of `data/a.csv` has a column `rent`",
        ),
        ("get = \"https://api.example.org/\"", "bot.toml:4: `api.example.org` is not one of `tool_hosts`"),
        (
            "get = \"http://api.example.org/\"",
            "bot.toml:4: `http://api.example.org/` must begin with https://",
        ),
        ("get = \"https://{host}/\"", "bot.toml:4: `https://{host}/` must begin with https://"),
        ("keeps = [\"city\"]", "bot.toml:4: there is no field of `[state]` `city`"),
        ("arguments.a = { type = \"integr\" }\ndata = \"a.csv\"", "bot.toml:2: tool `t`: "),
        ("", "bot.toml:2: tool `t` has one of `data`, `get` and `post`"),
    ] {
        let said = said(&format!("name = \"d\"\n[tools.t]\nabout = \"x\"\n{tool}"));
        assert!(said.starts_with(wrong), "{said}\nnot: {wrong}");
    }
}
