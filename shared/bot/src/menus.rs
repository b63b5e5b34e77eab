//! `[menus.NAME]`: what can be chosen by tapping, or by typing what is written there.

use std::collections::BTreeMap;

use crate::spanned::Spanned;
use domain::turn::Button;
use domain::wording::Phrase;

use crate::file::{BotFile, ItemFile, MenuFile};
use crate::modes::missing;
use crate::phrase::phrase;
use crate::sections::{Complaint, is_name};

/// A menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// What is said above its entries.
    pub says: Phrase,
    /// Its entries.
    pub items: Vec<Item>,
}

/// An entry of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is written on it.
    pub label: Phrase,
    /// What it does.
    pub does: Does,
}

/// What an entry of a menu does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// Begins a mode.
    Mode(String),
    /// Opens a menu.
    Menu(String),
    /// Says this for the user.
    Says(Phrase),
}

/// The menu where everybody begins.
pub const MAIN: &str = "main";

/// Most entries: each is a button.
const ITEMS_MAX: usize = Button::COUNT_MAX;

pub(crate) fn menus(file: &BotFile) -> Result<BTreeMap<String, Menu>, Complaint> {
    let mut menus = BTreeMap::new();
    for (name, written) in &file.menus {
        if !is_name(name.get_ref()) {
            let what =
                format!("menu `{}` must be 1 to 40 lower-case letters, digits and dashes", name.get_ref());
            return Err((name.span().start, what));
        }
        menus.insert(name.get_ref().clone(), menu(written, file)?);
    }
    match file.menus.keys().next() {
        Some(first) if !menus.contains_key(MAIN) => Err((
            first.span().start,
            format!("there are menus, but none is called `{MAIN}`, where everybody begins"),
        )),
        _ => Ok(menus),
    }
}

fn menu(written: &MenuFile, file: &BotFile) -> Result<Menu, Complaint> {
    if let Some(beyond) = written.items.get(ITEMS_MAX) {
        return Err((beyond.span().start, format!("a menu has at most {ITEMS_MAX} entries")));
    }
    let items = written.items.iter().map(|item| item_of(item, file)).collect::<Result<_, _>>()?;
    Ok(Menu { says: phrase(&written.says)?, items })
}

fn item_of(written: &Spanned<ItemFile>, file: &BotFile) -> Result<Item, Complaint> {
    let ItemFile { label, mode, menu, says } = written.get_ref();
    let modes: Vec<&str> = file.modes.iter().map(|mode| mode.name.get_ref().as_str()).collect();
    let menus: Vec<&str> = file.menus.keys().map(|name| name.get_ref().as_str()).collect();
    let does = match (mode, menu, says) {
        (Some(mode), None, None) => Does::Mode(known(mode, "mode", &modes)?),
        (None, Some(menu), None) => Does::Menu(known(menu, "menu", &menus)?),
        (None, None, Some(says)) => {
            let phrase = phrase(says)?;
            if phrase.texts().any(|text| text.len() > Button::SAYS_BYTES_MAX) {
                let what = format!(
                    "this is longer than {} bytes, the most that a button can say",
                    Button::SAYS_BYTES_MAX
                );
                return Err((says.span().start, what));
            }
            Does::Says(phrase)
        }
        _ => {
            let what = "an entry of a menu has one of `mode`, `menu` and `says`".to_owned();
            return Err((written.span().start, what));
        }
    };
    Ok(Item { label: phrase(label)?, does })
}

fn known(written: &Spanned<String>, kind: &str, known: &[&str]) -> Result<String, Complaint> {
    let name = written.get_ref();
    if known.contains(&name.as_str()) {
        return Ok(name.clone());
    }
    Err((written.span().start, missing(kind, name, known)))
}
