//! `redrive`: what died is listed, and put back: asked once more in its author's name, once.

mod looking;
mod putting;
mod queue;

use std::collections::BTreeSet;

use domain::{Millis, RequestId};
use io::aws::Aws;
use io::table::{Letter, Table};
use io::world::World;

use crate::audit;
use crate::cli::{self, Failure};
use looking::look;

/// Lists the kept letters, or puts back what was named.
pub fn run(options: &cli::Redrive) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let table = audit::Table::find(&options.place).await?;
        match &options.letter {
            Some(name) => {
                let request = RequestId::parse(name);
                let request = request.ok_or_else(|| format!("`{name}` is no request id"))?;
                put_back_one(&table, options, &request).await
            }
            None if options.all => put_back_all(&table, options).await,
            None => list(&table.world(), options.since).await,
        }
    })
}

/// Each message of the letters kept in the last so many days, with its newest letter, oldest first.
async fn letters(world: &Aws, days: u32) -> Result<Vec<Letter>, Failure> {
    let today = world.now().seconds().div_euclid(86_400);
    let mut kept: Vec<Letter> = Vec::new();
    for day in today - i64::from(days)..=today {
        kept.extend(Table::of(world).letters(day).await?);
    }
    kept.sort_by_key(|letter| std::cmp::Reverse(letter.kept_at));
    let mut seen = BTreeSet::new();
    kept.retain(|letter| seen.insert(name(letter)));
    kept.reverse();
    Ok(kept)
}

/// A letter goes by its message, or by its own name where nobody can read which that is.
fn name(letter: &Letter) -> String {
    letter.about.as_ref().map_or_else(|| letter.name.clone(), ToString::to_string)
}

async fn list(world: &Aws, days: u32) -> Result<(), Failure> {
    let letters = letters(world, days).await?;
    for letter in &letters {
        let state = match &letter.about {
            Some(request) => look(world, request).await?.in_words(),
            None => "nobody can read what it was about".to_owned(),
        };
        println!("{:>8}  {}  {state}", age(world.now(), letter.kept_at), name(letter));
    }
    println!("{} dead letters in {days} days", letters.len());
    Ok(())
}

fn age(now: Millis, kept_at: Millis) -> String {
    match now.since(kept_at) / 60_000 {
        minutes @ 0..120 => format!("{minutes} min"),
        minutes @ 120..2_880 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1_440),
    }
}

async fn put_back_one(
    table: &audit::Table,
    options: &cli::Redrive,
    request: &RequestId,
) -> Result<(), Failure> {
    let world = queue::world(table, options).await?;
    let look = look(&world, request).await?;
    if !look.may_be_put_back(options.force) {
        return Err(format!("{request}: {}", look.in_words()).into());
    }
    println!("{request}  {}", putting::put_back(&world, request, look, options).await?);
    Ok(())
}

/// Oldest first; of one conversation each is admitted before the next is looked at, so that they keep their order.
async fn put_back_all(table: &audit::Table, options: &cli::Redrive) -> Result<(), Failure> {
    let world = queue::world(table, options).await?;
    let letters = letters(&world, options.since).await?;
    let mut done = 0;
    for request in letters.iter().filter_map(|letter| letter.about.as_ref()) {
        let look = look(&world, request).await?;
        if look.may_be_put_back(options.force) {
            println!("{request}  {}", putting::put_back(&world, request, look, options).await?);
            done += 1;
        } else {
            println!("{request}  left: {}", look.in_words());
        }
    }
    println!(
        "{done} of {} {}",
        letters.len(),
        if options.dry_run { "would be put back" } else { "put back" }
    );
    Ok(())
}
