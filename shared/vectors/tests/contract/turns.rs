//! What a turn asks, and what it is told when it gets no answer.

use stand_ins::s3vectors::Faults;
use vectors::{Engine, NoEngine, VectorsError};

use crate::world::{World, edition, named, of};

#[tokio::test]
async fn the_nearest_come_with_their_cosine() {
    let world = World::new().await;
    let (shop, other) = (edition("shop", 10), edition("other", 10));
    let shops = [of("tea", [1.0, 0.0, 0.0]), of("coffee", [0.6, 0.8, 0.0]), of("form", [0.0, 0.0, 1.0])];
    world.vectors.put(&shop, &shops).await.unwrap();
    world.vectors.put(&other, &[of("tea of another bot", [1.0, 0.0, 0.0])]).await.unwrap();
    let near = world.vectors.near(&shop, &[2.0, 0.0, 0.0]).await.unwrap();
    let named_as: Vec<_> = near.iter().map(|near| near.fingerprint).collect();
    assert_eq!(named_as, [named("tea"), named("coffee"), named("form")]);
    for (near, cosine) in near.iter().zip([1.0, 0.6, 0.0]) {
        assert!((near.cosine - cosine).abs() < 1e-6, "{near:?} {cosine}");
    }
}

#[tokio::test]
async fn an_index_does_not_see_what_was_written_for_a_later_one() {
    let world = World::new().await;
    let (old, new) = (edition("shop", 10), edition("shop", 20));
    world.vectors.put(&old, &[of("tea", [1.0, 0.0, 0.0])]).await.unwrap();
    world.vectors.put(&new, &[of("coffee", [1.0, 0.1, 0.0])]).await.unwrap();
    assert_eq!(world.vectors.near(&old, &[1.0, 0.0, 0.0]).await.unwrap().len(), 1);
    assert_eq!(world.vectors.near(&new, &[1.0, 0.0, 0.0]).await.unwrap().len(), 2);
}

#[tokio::test]
async fn as_many_as_may_be_asked_for_come_over_several_pages() {
    let world = World::new().await;
    let shop = edition("shop", 10);
    let many: Vec<_> = (0..120_u8).map(|at| of(&at.to_string(), [1.0, f32::from(at), 0.0])).collect();
    world.vectors.put(&shop, &many).await.unwrap();
    let near = world.vectors.near(&shop, &[1.0, 0.0, 0.0]).await.unwrap();
    assert_eq!(near.len(), 100);
    assert!(near.is_sorted_by(|a, b| a.cosine >= b.cosine));
}

#[tokio::test]
async fn a_vector_that_points_nowhere_is_not_asked_about() {
    let world = World::new().await;
    for vector in [[0.0, 0.0, 0.0], [f32::NAN, 0.0, 1.0]] {
        assert_eq!(world.vectors.near(&edition("shop", 10), &vector).await.unwrap(), []);
    }
    assert_eq!(world.service.counts().get("QueryVectors"), None);
}

#[tokio::test]
async fn what_passes_is_asked_again_and_what_goes_on_is_unavailable() {
    let world = World::new().await;
    let shop = edition("shop", 10);
    world.vectors.put(&shop, &[of("tea", [1.0, 0.0, 0.0])]).await.unwrap();
    for faults in
        [Faults { throttled: 1, ..Faults::default() }, Faults { unavailable: 1, ..Faults::default() }]
    {
        world.service.set_faults(faults);
        assert_eq!(world.vectors.near(&shop, &[1.0, 0.0, 0.0]).await.unwrap().len(), 1, "{faults:?}");
    }
    for (faults, code) in [
        (Faults { throttled: 9, ..Faults::default() }, "TooManyRequestsException"),
        (Faults { unavailable: 9, ..Faults::default() }, "ServiceUnavailableException"),
    ] {
        world.service.set_faults(faults);
        let near = world.vectors.near(&shop, &[1.0, 0.0, 0.0]).await;
        assert!(matches!(&near, Err(VectorsError::Unavailable(why)) if why.starts_with(code)), "{near:?}");
    }
}

#[tokio::test]
async fn one_that_is_too_slow_is_unavailable() {
    let world = World::new().await;
    world.service.set_faults(Faults { slow_ms: 60_000, ..Faults::default() });
    let near = world.in_a_hurry().near(&edition("shop", 10), &[1.0, 0.0, 0.0]).await;
    assert!(matches!(near, Err(VectorsError::Unavailable(_))), "{near:?}");
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_reason() {
    let world = World::new().await;
    let shop = edition("shop", 10);
    world.service.set_faults(Faults { denied: 1, ..Faults::default() });
    let denied = world.vectors.near(&shop, &[1.0, 0.0, 0.0]).await;
    let longer = world.vectors.near(&shop, &[1.0, 0.0, 0.0, 0.0]).await;
    let index = world.at("bucket", "other").near(&shop, &[1.0, 0.0, 0.0]).await;
    let bucket = world.at("elsewhere", "index").near(&shop, &[1.0, 0.0, 0.0]).await;
    for (near, reason) in [
        (denied, "AccessDeniedException"),
        (longer, "must have length 3, but has length 4"),
        (index, "NotFoundException"),
        (bucket, "NotFoundException"),
        (NoEngine.near(&shop, &[1.0]).await, "none is configured"),
    ] {
        assert!(matches!(&near, Err(VectorsError::Refused(why)) if why.contains(reason)), "{near:?}");
    }
}
