//! What leaves a mailbox while a turn runs is remembered when the turn commits.

use domain::mailbox::NotAdmitted;
use domain::turn::Strategy;
use domain::{Address, Channel, ConversationKey, Limits, MessageHash, MessageKey, Token};
use simulation::Simulation;

use crate::NOW;
use crate::clients::Conversation;
use crate::specification::{Answer, Step};

#[tokio::test]
async fn a_message_unsent_during_a_turn_is_still_known_after_it() {
    let (world, conversation) = (Simulation::new(NOW).expect("a world"), conversation(10));
    let asks = async |step| conversation.asks(&world, &step).await;
    let (first, second) = (message(1), message(2));
    for key in [&first, &second] {
        assert!(!conversation.stores(&world, key).await);
    }
    let token = Token("worker".into());
    asks(Step::Admit { message: first.clone(), seen: false }).await;
    asks(Step::Claim { token: token.clone(), ends_at: NOW + 60_000 }).await;
    let Answer::Seen(Some(read)) = asks(Step::Look).await else { panic!("no mailbox") };

    asks(Step::Admit { message: second.clone(), seen: false }).await;
    let unsend = || Step::Withdraw { message: second.hash.clone() };
    assert_eq!(asks(unsend()).await, Answer::Withdrawn);
    let commit = Step::Commit { token, settled: vec![first], read };
    assert_eq!(asks(commit.clone()).await, Answer::Committed(true));

    assert_eq!(asks(commit).await, Answer::Committed(true), "the same commit, repeated");
    assert_eq!(asks(unsend()).await, Answer::Withdrawn, "the unsend, delivered again");
    let again = Step::Admit { message: second, seen: true };
    assert_eq!(asks(again).await, Answer::NotAdmitted(NotAdmitted::Settled), "the message, delivered again");
}

#[tokio::test]
async fn a_message_dropped_during_a_turn_is_still_known_after_it() {
    let (world, conversation) = (Simulation::new(NOW).expect("a world"), conversation(2));
    let asks = async |step| conversation.asks(&world, &step).await;
    let token = Token("worker".into());
    asks(Step::Admit { message: message(1), seen: false }).await;
    asks(Step::Claim { token: token.clone(), ends_at: NOW + 60_000 }).await;
    let Answer::Seen(Some(read)) = asks(Step::Look).await else { panic!("no mailbox") };

    asks(Step::Admit { message: message(2), seen: false }).await;
    let Answer::Seen(Some(full)) = asks(Step::Look).await else { panic!("no mailbox") };
    let displace = Step::Displace { message: message(3), seen: false, victim: message(2), read: full };
    assert_eq!(asks(displace).await, Answer::Displaced(true));
    let commit = Step::Commit { token, settled: vec![message(1)], read };
    assert_eq!(asks(commit).await, Answer::Committed(true));

    let again = Step::Admit { message: message(2), seen: true };
    assert_eq!(
        asks(again).await,
        Answer::NotAdmitted(NotAdmitted::Settled),
        "the dropped one, delivered again"
    );
}

fn conversation(waiting_max: u64) -> Conversation {
    let address = Address { channel: Channel::of("telegram"), chat: "42".into(), thread: None };
    Conversation {
        key: ConversationKey::of("demo", &address),
        limits: Limits { waiting_max, ..Limits::default() },
        strategy: Strategy::Collect,
    }
}

fn message(number: u64) -> MessageKey {
    MessageKey::new(NOW + number, MessageHash::counted(number))
}
