//! The direction of dependencies, and what must not be found where. Invariants are mostly about what is absent;
//! `docs/architecture.md` gives the reasons.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod pages;
mod requirements;
mod security;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The packages of the workspace: name to (folder, names of what it is built on; tests left out).
fn packages() -> BTreeMap<String, (PathBuf, Vec<String>)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(root());
    let output = metadata.output().expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").iter().map(|package| {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
        let folder = Path::new(&text(&package["manifest_path"])).parent().expect("a folder").to_owned();
        (text(&package["name"]), (folder, normal.map(|dependency| text(&dependency["name"])).collect()))
    });
    packages.collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

/// The Rust files below a folder's `src`.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.join("src")];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a text");
                found.push((path, text));
            }
        }
    }
    found
}

/// The part of a source that is deployed: tests stand at the end.
fn deployed(source: &str) -> &str {
    source.split("#[cfg(test)]").next().unwrap_or_default()
}

const FUNCTIONS: [&str; 5] = ["webhook", "processor", "notify", "dead-letter", "api"];

#[test]
fn domain_depends_on_nothing_of_ours_and_nothing_that_waits_or_draws() {
    let (_, dependencies) = &packages()["domain"];
    let allowed = ["base64", "sha2", "unicode-normalization", "unicode-segmentation"];
    for dependency in dependencies {
        assert!(
            allowed.contains(&dependency.as_str()),
            "`domain` holds rules, and rules need no `{dependency}`: put what needs it behind the seam in `io`"
        );
    }
}

#[test]
fn channels_are_codecs() {
    let packages = packages();
    let (folder, dependencies) = &packages["channels"];
    for dependency in dependencies.iter().filter(|dependency| packages.contains_key(*dependency)) {
        assert_eq!(dependency, "domain", "a codec computes: of ours it needs `domain` and nothing else");
    }
    for (path, source) in sources(folder) {
        assert!(!deployed(&source).contains("async fn"), "{}: a codec never waits", path.display());
    }
}

/// A new channel is a folder and a line in the list: nothing else of what is deployed names one.
#[test]
fn channels_are_siblings_and_named_in_one_list() {
    let folder = root().join("shared/channels/src");
    for channel in channels::CHANNELS {
        let files = std::fs::read_dir(folder.join(channel.name())).expect("a folder of its own");
        let files: BTreeSet<String> =
            files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
        for wanted in ["mod.rs", "outcome.rs", "parse.rs", "render.rs", "wire.rs"] {
            assert!(files.contains(wanted), "{channel} has no {wanted}");
        }
    }
    let chat_platforms = || channels::CHANNELS.iter().filter(|channel| **channel != domain::Channel::WEB);
    for (name, (folder, _)) in &packages() {
        if folder.starts_with(root().join("infra")) {
            continue;
        }
        for (path, source) in sources(folder) {
            let is_its_own =
                chat_platforms().any(|channel| path.parent().is_some_and(|p| p.ends_with(channel.name())));
            for channel in chat_platforms().filter(|_| !is_its_own) {
                let names_it = deployed(&source).contains(&format!("\"{channel}\""));
                assert!(
                    !names_it,
                    "{name}: {} knows of {channel}, which its own folder should",
                    path.display()
                );
            }
        }
    }
}

/// What a channel needs from its owner has a place in the template and in the example of an environment.
#[test]
fn what_channels_need_can_be_given() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).expect("a text");
    let (template, example) = (read("template.yaml"), read(".env.example"));
    for (channel, variable) in channels::variables() {
        let name = variable.name;
        let is_secret = matches!(variable.is, channels::Use::Proof | channels::Use::Token);
        let place = if is_secret { format!("${{Arn}}/{name}\"") } else { format!("{name}: !Ref ") };
        assert!(template.contains(&place), "{channel}: template.yaml gives no function {name}");
        assert!(example.contains(&format!("# {name}=")), "{channel}: .env.example has no {name}");
    }
}

#[test]
fn functions_never_import_one_another() {
    let packages = packages();
    for function in FUNCTIONS {
        for other in FUNCTIONS {
            assert!(
                !packages[function].1.contains(&other.to_owned()),
                "`{function}` imports `{other}`: functions talk through the table and versioned envelopes"
            );
        }
    }
}

#[test]
fn stand_ins_import_no_production_crate() {
    let packages = packages();
    for dependency in &packages["stand-ins"].1 {
        assert!(
            !packages.contains_key(dependency),
            "`stand-ins` imports `{dependency}`: a stand-in that shares our parser shares its bugs"
        );
    }
}

#[test]
fn only_the_edges_touch_network_disk_environment_and_clock() {
    let packages = packages();
    let may_have = [
        ("aws-sdk-dynamodb", vec!["io", "local", "memory-table", "simulation", "bare"]),
        ("aws-sdk-sqs", vec!["io", "local", "bare"]),
        ("aws-sdk-scheduler", vec!["scheduler", "local"]),
        ("aws-sdk-sesv2", vec!["mail"]),
        ("aws-sdk-apigatewaymanagement", vec!["news"]),
        ("aws-sdk-s3vectors", vec!["vectors", "local"]),
        ("lettre", vec!["mail"]),
        ("reqwest", vec!["http-client", "models", "local", "stand-ins"]),
        ("genai", vec!["models"]),
        ("aws-sdk-bedrockruntime", vec!["models"]),
    ];
    for (library, owners) in may_have {
        for (name, (_, dependencies)) in &packages {
            let allowed = owners.contains(&name.as_str()) || !dependencies.contains(&library.to_owned());
            assert!(allowed, "`{name}` depends on `{library}`, which belongs to: {}", owners.join(", "));
        }
    }
    for (name, (folder, _)) in
        packages.iter().filter(|(_, (folder, _))| !folder.starts_with(root().join("infra")))
    {
        if matches!(name.as_str(), "io" | "startup" | "counted") {
            continue;
        }
        for (path, source) in sources(folder) {
            for word in ["std::env::", "std::fs::", "SystemTime::now", "Instant::now", "tokio::time::sleep"] {
                let found = deployed(&source).contains(word);
                assert!(!found, "{}: `{word}` belongs to `io` or `startup`", path.display());
            }
        }
    }
}

/// What a process keeps, it keeps in a value that its handler is given: nobody's data can be anybody's by way of the process.
#[test]
fn no_state_is_the_whole_process_s() {
    let keeps = |line: &str| {
        let names = ["thread_local!", "OnceLock", "OnceCell", "LazyLock", "LazyCell"];
        let is_static = line.split_whitespace().any(|word| word == "static");
        !line.trim_start().starts_with("//") && (is_static || names.iter().any(|name| line.contains(name)))
    };
    for (name, (folder, _)) in
        packages().iter().filter(|(_, (folder, _))| !folder.starts_with(root().join("infra")))
    {
        for (path, source) in sources(folder) {
            let found = deployed(&source).lines().find(|line| keeps(line)).unwrap_or_default();
            assert!(found.is_empty(), "{name}: {}: `{}` is everybody's", path.display(), found.trim());
        }
    }
}

#[test]
fn the_webhook_stays_small() {
    let packages = packages();
    let mut reached = vec!["webhook".to_owned()];
    let mut at = 0;
    while let Some(name) = reached.get(at).cloned() {
        for dependency in &packages[&name].1 {
            if packages.contains_key(dependency) && !reached.contains(dependency) {
                reached.push(dependency.clone());
            }
            for heavy in ["reqwest", "genai", "aws_lambda_events", "axum", "clap"] {
                assert_ne!(
                    dependency, heavy,
                    "`{name}` brings `{heavy}` into the webhook, whose tree is its cold start"
                );
            }
        }
        at += 1;
    }
}

#[test]
fn documents_are_read_on_the_owners_machine_alone() {
    for (name, (_, dependencies)) in packages() {
        for reader in ["ingest", "html2text", "pdf-extract"] {
            let allowed =
                matches!(name.as_str(), "ingest" | "local") || !dependencies.contains(&reader.to_owned());
            assert!(
                allowed,
                "`{name}` depends on `{reader}`: what is deployed reads the index, never documents"
            );
        }
    }
}

#[test]
fn what_is_stored_or_sent_is_derived_in_its_own_modules_only() {
    let homes = ["wire.rs", "envelope.rs", "items.rs", "file.rs"];
    for (name, (folder, _)) in &packages() {
        if folder.starts_with(root().join("infra")) {
            continue;
        }
        for (path, source) in sources(folder) {
            let mut lines = deployed(&source).lines();
            let derives = lines.any(|line| line.contains("derive(") && line.contains("erialize"));
            let home = homes.iter().any(|home| path.ends_with(home));
            assert!(
                !derives || home,
                "{name}: {} derives a wire form outside {}",
                path.display(),
                homes.join(", ")
            );
        }
    }
}
