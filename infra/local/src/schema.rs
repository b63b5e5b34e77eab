//! `schema`: the JSON Schemas of what owners write, from the code that reads it.

use std::path::Path;

use serde_json::Value;

use crate::cli::Failure;
use crate::stories::file::StoryFile;

/// The schemas by the names of their files.
fn schemas() -> [(&'static str, Value); 3] {
    [
        ("bot.schema.json", bot::schema::bot()),
        ("wording.schema.json", bot::schema::wording()),
        ("story.schema.json", bot::schema::of::<StoryFile>()),
    ]
}

/// Writes them into a folder.
pub fn run(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for (name, schema) in schemas() {
        let file = folder.join(name);
        std::fs::write(&file, format!("{schema:#}\n"))
            .map_err(|error| format!("{} could not be written: {error}", file.display()))?;
        println!("{}", file.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn the_schemas_are_what_the_code_says() {
        for (name, schema) in schemas() {
            let text = std::fs::read_to_string(root().join("docs/schema").join(name)).unwrap();
            let written: Value = serde_json::from_str(&text).unwrap();
            assert!(written == schema, "{name} is not what the code says: run `cargo run -- schema`");
        }
    }

    #[test]
    fn every_key_is_described() {
        for (name, schema) in schemas() {
            let mut missing = Vec::new();
            undescribed(&schema, name, &mut missing);
            assert!(missing.is_empty(), "no description: {missing:?}");
        }
    }

    fn undescribed(schema: &Value, place: &str, missing: &mut Vec<String>) {
        for (key, value) in schema["properties"].as_object().into_iter().flatten() {
            if !value["description"].is_string() {
                missing.push(format!("{place}: {key}"));
            }
        }
        for (key, value) in schema.as_object().into_iter().flatten() {
            undescribed(value, &format!("{place}/{key}"), missing);
        }
    }

    #[test]
    fn every_file_of_a_bot_names_its_schema_and_obeys_it() {
        let mut compiler = boon::Compiler::new();
        for (name, schema) in schemas() {
            compiler.add_resource(name, schema).unwrap();
        }
        let mut compiled = boon::Schemas::new();
        let bots = std::fs::read_dir(root().join("bots")).unwrap().map(|bot| bot.unwrap().path());
        for bot in bots.chain([root().join("infra/local/starter")]) {
            let stories = std::fs::read_dir(bot.join("stories")).into_iter().flatten();
            let stories =
                stories.map(|story| (story.unwrap().path(), "../../../docs/schema/story.schema.json"));
            let own = [(bot.join("bot.toml"), "../../docs/schema/bot.schema.json")];
            for (file, schema) in own
                .into_iter()
                .chain(stories.filter(|(file, _)| file.extension().is_some_and(|it| it == "toml")))
            {
                let text = std::fs::read_to_string(&file).unwrap();
                assert!(text.starts_with(&format!("#:schema {schema}\n")), "{}: line 1", file.display());
                let value: Value = bot::read_toml(&file, &text).unwrap();
                let name = schema.rsplit('/').next().unwrap();
                let schema = compiler.compile(name, &mut compiled).unwrap();
                compiled.validate(&value, schema).map_err(|error| error.to_string()).unwrap();
            }
        }
    }
}
