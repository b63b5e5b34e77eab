//! Random calls, compared with a model that is too simple to be wrong, and with a copy made of the changes.
use crate::world::{DEAD, QUEUE, World, bodies};
use stand_ins::sqs::rules::{Change, Message, Queues, Receive, Received, Saved};

const RECEIVES_MAX: u32 = 3;

/// A list of messages in send order, and nothing else.
#[derive(Default)]
struct Plain {
    messages: Vec<PlainMessage>,
    dead: Vec<String>,
}

struct PlainMessage {
    group: String,
    body: String,
    held_until: u64,
    receives: u32,
}

impl Plain {
    fn receive(&mut self, count_max: usize, visibility_s: u32, now: u64) -> Vec<String> {
        let mut groups: Vec<String> = Vec::new();
        for message in &self.messages {
            if !groups.contains(&message.group) {
                groups.push(message.group.clone());
            }
        }
        let (mut given, mut worn_out) = (Vec::new(), Vec::new());
        for group in groups {
            for message in self.messages.iter_mut().filter(|message| message.group == group) {
                if message.held_until > now || given.len() == count_max {
                    break;
                }
                if message.receives >= RECEIVES_MAX {
                    worn_out.push(message.body.clone());
                    continue;
                }
                message.receives += 1;
                message.held_until = now + u64::from(visibility_s) * 1000;
                given.push(message.body.clone());
            }
        }
        self.messages.retain(|message| !worn_out.contains(&message.body));
        self.dead.extend(worn_out);
        given
    }

    /// The message if the n-th receive still holds it.
    fn held(&mut self, body: &str, receive_count: u32, now: u64) -> Option<&mut PlainMessage> {
        let message = self.messages.iter_mut().find(|message| message.body == body)?;
        (message.receives == receive_count && message.held_until > now).then_some(message)
    }
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        if list.is_empty() { None } else { list.get(usize::try_from(self.below(list.len() as u64)).unwrap()) }
    }
}

fn step(world: &mut World, plain: &mut Plain, receipts: &mut Vec<Received>, chance: &mut Chance) {
    let now = world.now;
    match chance.below(10) {
        0..=3 => {
            let group = format!("g{}", chance.below(4));
            let body = format!("m{}", world.queues.sequence());
            world.send(&group, &body);
            plain.messages.push(PlainMessage { group, body, held_until: 0, receives: 0 });
        }
        4 | 5 => {
            let count_max = usize::try_from(1 + chance.below(10)).unwrap();
            let visibility_s = u32::try_from([0, 5, 30][usize::try_from(chance.below(3)).unwrap()]).unwrap();
            let request = Receive { count_max, visibility_s: Some(visibility_s), attempt_id: None };
            let received = world.receive_with(&request);
            assert_eq!(bodies(&received), plain.receive(count_max, visibility_s, now));
            receipts.extend(received);
        }
        6 | 7 => {
            let Some(receipt) = chance.of(receipts) else { return };
            let body = receipt.content.body.clone();
            let _ = world.delete(receipt);
            if plain.held(&body, receipt.receive_count, now).is_some() {
                plain.messages.retain(|message| message.body != body);
            }
        }
        8 => {
            let Some(receipt) = chance.of(receipts) else { return };
            let seconds = [0, 10, 60][usize::try_from(chance.below(3)).unwrap()];
            let changed = world.visibility(receipt, seconds).is_ok();
            let held = plain.held(&receipt.content.body, receipt.receive_count, now);
            assert_eq!(changed, held.is_some());
            if let Some(message) = held {
                message.held_until = now + u64::from(seconds) * 1000;
            }
        }
        _ => world.later_s(chance.below(20)),
    }
}

/// A store that keeps rows in memory.
fn keep(saved: &mut Saved, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::PutQueue(queue) => {
                saved.queues.retain(|other| other.name != queue.name);
                saved.queues.push(queue);
            }
            Change::AddMessage { queue, message } => saved.messages.push((queue, message)),
            Change::Deliver { sequence, delivery, .. } => {
                let found = saved.messages.iter_mut().find(|(_, message)| message.sequence == sequence);
                found.unwrap().1.delivery = delivery;
            }
            Change::DropMessage { sequence, .. } => {
                saved.messages.retain(|(_, message)| message.sequence != sequence);
            }
            Change::Remember { queue, key, sent } => saved.remembered.push((queue, key, sent)),
            Change::Forget { queue, key } => saved.remembered.retain(|(q, k, _)| (q, k) != (&queue, &key)),
            Change::DropQueue { .. } => unreachable!("no queue is deleted here"),
        }
    }
}

fn all(queues: &mut Queues, now: u64) -> Vec<Vec<Message>> {
    [QUEUE, DEAD].iter().map(|name| queues.messages(name, now).unwrap()).collect()
}

#[test]
fn the_engine_agrees_with_a_plain_list_and_with_its_own_changes() {
    for seed in 1..=150 {
        let mut world = World::with_dead_letters(RECEIVES_MAX, &[]);
        let (mut plain, mut receipts, mut saved) = (Plain::default(), Vec::new(), Saved::default());
        let mut chance = Chance(seed * 0x9e37_79b9);
        for number in 0..300 {
            step(&mut world, &mut plain, &mut receipts, &mut chance);
            keep(&mut saved, world.queues.take_changes());
            saved.sequence = world.queues.sequence();
            let held = plain.messages.iter().filter(|message| message.held_until > world.now).count();
            assert_eq!(world.counts(), (plain.messages.len() - held, held, 0), "seed {seed}, step {number}");
            if number % 50 == 0 {
                let mut copy = Queues::restored("eu-north-1", "111122223333", 7, saved.clone()).unwrap();
                assert_eq!(all(&mut copy, world.now), all(&mut world.queues, world.now), "seed {seed}");
                world.queues = copy;
            }
        }
        let dead: Vec<String> =
            world.queues.messages(DEAD, world.now).unwrap().iter().map(|m| m.content.body.clone()).collect();
        assert_eq!(dead, plain.dead, "seed {seed}");
    }
}
