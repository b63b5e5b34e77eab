//! Prompts that are filled in.

use domain::State;
use skills::Situation;

use crate::skills;

const TOML: &str = r#"
name = "d"
[settings.target]
values = ["en", "ja"]
default = "en"
[settings.nickname]
[state]
city = { type = "string", enum = ["Taipei"] }
wish = { type = "string" }
"#;

fn prompt(text: &str, state: &State) -> Result<String, String> {
    let (bot, skills) =
        skills(&[("bot.toml", TOML), ("prompts/default.md", text), ("prompts/rules.md", "Be brief.")])?;
    let situation = Situation { state, mode: None, language: Some("ja"), today: "2026-12-01" };
    skills.prompts.prompt(bot.prompt_of(None), situation).ok_or_else(|| "not filled in".to_owned())
}

#[test]
fn what_is_known_of_the_user_stands_where_the_owner_wants_it() {
    let text = "{% include \"prompts/rules.md\" %} Into {{ settings.target }}, on {{ today }}. {{ state.city or \"anywhere\" }} {{ language }}";
    assert_eq!(prompt(text, &State::default()).unwrap(), "Be brief. Into en, on 2026-12-01. anywhere ja");
    let chosen = State {
        settings: [("target".to_owned(), "ja".to_owned())].into(),
        fields: [("city".to_owned(), "\"Taipei\"".to_owned())].into(),
        ..State::default()
    };
    assert_eq!(prompt(text, &chosen).unwrap(), "Be brief. Into ja, on 2026-12-01. Taipei ja");
}

#[test]
fn a_value_that_is_no_longer_allowed_is_not_used() {
    let old = State { settings: [("target".to_owned(), "tlh".to_owned())].into(), ..State::default() };
    assert_eq!(prompt("{{ settings.target }}", &old).unwrap(), "en");
}

#[test]
fn no_text_that_a_user_chose_stands_in_a_prompt() {
    let wrong = prompt("Hello\n{{ settings.nickname }}", &State::default()).unwrap_err();
    assert_eq!(
        wrong,
        "prompts/default.md:2: the setting `nickname` may be any text of the user's, so it cannot stand in a prompt; give it `values`"
    );
    assert!(prompt("{{ state.wish }}", &State::default()).unwrap_err().contains("`wish` may be any text"));
}

#[test]
fn a_mistake_is_found_before_anybody_is_answered() {
    assert!(
        prompt("{{ stettings.target }}", &State::default())
            .unwrap_err()
            .starts_with("prompts/default.md:1: ")
    );
    assert!(prompt("one\n{% if %}", &State::default()).unwrap_err().starts_with("prompts/default.md:2: "));
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    assert!(prompt(endless, &State::default()).is_err());
}
