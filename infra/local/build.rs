//! Puts the bots of `bots/`, and the one that `new` begins with, into the binary: a list of their files by name.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let (starter, bots) = (here.join("starter"), here.join("../../bots"));
    println!("cargo::rerun-if-changed={}", starter.display());
    println!("cargo::rerun-if-changed={}", bots.display());
    let mut list = "&[\n".to_owned();
    add(&mut list, "starter", &starter)?;
    for folder in inside(&bots)?.into_iter().filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        add(&mut list, &name, &folder)?;
    }
    list.push_str("]\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("examples.rs"), list)
}

/// `("name", &[("path", include_bytes!("/path")), ...]),`
fn add(list: &mut String, name: &str, folder: &Path) -> io::Result<()> {
    let mut line = |text: std::fmt::Arguments<'_>| list.write_fmt(text).map_err(io::Error::other);
    line(format_args!("({name:?}, &[\n"))?;
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for path in inside(&next)? {
            let is_made = path.extension().is_some_and(|extension| extension == "index");
            if path.is_dir() {
                open.push(path);
            } else if !is_made {
                let within = path.strip_prefix(folder).map_err(io::Error::other)?.to_string_lossy();
                line(format_args!("({within:?}, include_bytes!({:?})),\n", path.to_string_lossy()))?;
            }
        }
    }
    line(format_args!("]),\n"))
}

/// What lies in a folder, in the order of names, but for hidden files.
fn inside(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| !path.file_name().unwrap_or_default().to_string_lossy().starts_with('.'));
    paths.sort();
    Ok(paths)
}
