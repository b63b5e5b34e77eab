//! What the owner's command does.

use stand_ins::s3vectors::Faults;
use vectors::{Engine, VectorsError};

use crate::world::{DIMENSIONS, World, edition, of};

#[tokio::test]
async fn an_index_is_made_once_and_one_of_other_vectors_is_not_taken_for_it() {
    let world = World::bare().await;
    for _ in 0..2 {
        world.vectors.prepare(DIMENSIONS).await.unwrap();
    }
    assert_eq!(world.service.counts().get("CreateIndex"), Some(&1));
    let other = world.vectors.prepare(DIMENSIONS + 1).await;
    assert!(matches!(&other, Err(VectorsError::Refused(why)) if why.contains("4 dimensions")), "{other:?}");
    let bucket = world.at("elsewhere", "index").prepare(DIMENSIONS).await;
    assert!(
        matches!(&bucket, Err(VectorsError::Refused(why)) if why.contains("--vector-bucket-name elsewhere")),
        "{bucket:?}"
    );
}

#[tokio::test]
async fn what_is_put_is_listed_got_and_deleted_however_much_it_is() {
    let world = World::new().await;
    let shop = edition("shop", 10);
    let many: Vec<_> = (1..=1_203_u16).map(|at| of(&at.to_string(), [1.0, f32::from(at), 0.5])).collect();
    world.vectors.put(&shop, &many).await.unwrap();
    world.vectors.put(&edition("shop-2", 10), &[of("another bot's", [1.0, 0.0, 0.0])]).await.unwrap();
    let mut listed = Vec::new();
    let keys = world.vectors.standing("shop", |count| listed.push(count)).await.unwrap();
    assert_eq!((keys.len(), listed), (1_203, vec![1_000, 1_204]));
    let keys: Vec<String> = many.iter().map(|(of, _)| shop.key(of)).collect();
    let mut got = world.vectors.vectors(&keys).await.unwrap();
    got.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(got, many.into_iter().map(|(_, vector)| vector).collect::<Vec<_>>());
    for _ in 0..2 {
        world.vectors.delete(&keys).await.unwrap();
    }
    assert!(world.vectors.standing("shop", |_| ()).await.unwrap().is_empty());
    assert_eq!(world.vectors.standing("shop-2", |_| ()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_vector_that_points_nowhere_is_left_out_and_one_of_another_length_refused() {
    let world = World::new().await;
    let shop = edition("shop", 10);
    world.vectors.put(&shop, &[of("silence", [0.0; DIMENSIONS]), of("tea", [1.0, 0.0, 0.0])]).await.unwrap();
    assert_eq!(world.vectors.standing("shop", |_| ()).await.unwrap().len(), 1);
    let (name, _) = of("coffee", [0.0; DIMENSIONS]);
    let wrong = world.vectors.put(&shop, &[(name, vec![1.0, 2.0])]).await;
    assert!(matches!(&wrong, Err(VectorsError::Refused(why)) if why.contains("has length 2")), "{wrong:?}");
}

#[tokio::test]
async fn a_write_that_was_throttled_is_made_again() {
    let world = World::new().await;
    let shop = edition("shop", 10);
    world.service.set_faults(Faults { throttled: 1, ..Faults::default() });
    world.vectors.put(&shop, &[of("tea", [1.0, 0.0, 0.0])]).await.unwrap();
    assert_eq!(world.vectors.near(&shop, &[1.0, 0.0, 0.0]).await.unwrap().len(), 1);
}
