//! T12: Lambda freezes a sandbox between invocations and thaws it in the next one, of another user. So nothing of a
//! turn may be left when its handler returns.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use batch::Verdict;
use domain::http::{HttpError, HttpRequest, HttpResponse};
use domain::{Millis, Token};
use io::world::{Http, Pending, QueueError, QueueRequest, TableError, TableReply, TableRequest, World};
use models::{Metered, Model, ModelError, Prompt, Reply, Sound};
use processor::{Means, Processor};
use simulation::{Counted, Simulation, credentials};
use tokio::runtime::Handle;
use turn::Chain;

use super::{House, SECRET, house, record};

const ANN: u64 = 42;
const BEN: u64 = 43;
const TEN_MINUTES_MS: i64 = 600_000;
/// The time that passes between two looks of the clock.
const TICK_MS: i64 = 50;

#[tokio::test]
async fn nothing_of_a_turn_happens_after_its_handler_has_returned() {
    // One that is answered, and one that is cut off after 30 s.
    for (call_ms, said) in [(2_000, "hello"), (45_000, "This takes longer than expected. Please try again.")]
    {
        let sandbox = Sandbox::new(call_ms, false);
        assert_eq!(sandbox.answers(ANN).await.http, 1, "she was told");
        assert_eq!(sandbox.world.shown(), [(ANN, said.to_owned())]);
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0, "{call_ms} ms");

        assert_eq!(sandbox.thaws().await, Counted::default(), "{call_ms} ms");
        let alone = Sandbox::new(call_ms, false).answers(BEN).await;
        assert_eq!(sandbox.answers(BEN).await, alone, "{call_ms} ms: exactly its own calls");
        assert_eq!(sandbox.world.shown(), [(ANN, said.to_owned()), (BEN, said.to_owned())]);
    }
}

/// The check itself: a model that leaves a task behind is noticed in each of the three ways.
#[tokio::test]
async fn a_task_left_behind_is_noticed() {
    let sandbox = Sandbox::new(2_000, true);
    sandbox.answers(ANN).await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 1);
    let alone = Sandbox::new(2_000, false).answers(BEN).await;
    let beside = sandbox.answers(BEN).await;
    assert_eq!(beside, Counted { reads: alone.reads + 1, ..alone }, "hers wakes in his invocation");
    assert_eq!(sandbox.thaws().await, Counted { reads: 1, ..Counted::default() }, "and his after it");
}

/// A processor that is thawed for one doorbell at a time.
struct Sandbox {
    house: House,
    world: Clocked,
    processor: Processor<Clocked, Clocked>,
}

impl Sandbox {
    /// Its model takes so long, and may leave a task behind.
    fn new(call_ms: u64, is_leaky: bool) -> Sandbox {
        let house = house();
        let world = Clocked { inner: house.world.clone(), wakers: Arc::default(), shown: Arc::default() };
        let model = Arc::new(Slow { world: world.clone(), call_ms, is_leaky });
        let processor = Processor {
            world: world.clone(),
            http: world.clone(),
            bot: house.processor.bot.clone(),
            means: Means {
                credentials: credentials(SECRET),
                models: Chain::single(model),
                skills: simulation::skills(&house.processor.bot).expect("skills"),
                mailer: Arc::new(mail::NoMailer),
            }
            .into(),
            scheduler: Arc::new(scheduler::NoScheduler),
            shelf: processor::Shelf::default(),
        };
        Sandbox { house, world, processor }
    }

    /// A user writes and the processor handles it. What was asked of the world in that time.
    async fn answers(&self, user: u64) -> Counted {
        self.house.world.count_anew();
        let message_id = u64::try_from(self.world.now().0).expect("after 1970") % 1_000_000_000;
        assert_eq!(self.house.delivers_of(user, message_id, "hello", Some(SECRET)).await, 200);
        let received = self.house.world.receive_doorbell().expect("a doorbell");
        let handled = self.processor.handle(record(&received), self.world.now() + 60_000);
        assert_eq!(self.world.run(handled).await, Verdict::Done);
        assert!(self.house.world.delete_doorbell(&received.receipt_handle));
        self.house.world.counted()
    }

    /// Ten minutes pass with nobody's handler running. What was asked of the world in that time.
    async fn thaws(&self) -> Counted {
        self.house.world.count_anew();
        for _ in 0..TEN_MINUTES_MS / TICK_MS {
            self.world.passes().await;
        }
        self.house.world.counted()
    }
}

/// The simulated world with a clock that ticks while a handler waits.
#[derive(Clone)]
struct Clocked {
    inner: Simulation,
    /// Who waits for time.
    wakers: Arc<Mutex<Vec<Waker>>>,
    /// What users were shown: chat and text.
    shown: Arc<Mutex<Vec<(u64, String)>>>,
}

impl Clocked {
    fn shown(&self) -> Vec<(u64, String)> {
        self.shown.lock().expect("no panic").clone()
    }

    /// Runs a handler to its end; whatever it spawned runs beside it.
    async fn run<T>(&self, handler: impl Future<Output = T>) -> T {
        let mut handler = pin!(handler);
        loop {
            let polled = std::future::poll_fn(|context| Poll::Ready(handler.as_mut().poll(context))).await;
            if let Poll::Ready(done) = polled {
                return done;
            }
            self.passes().await;
        }
    }

    /// A tick, and a turn for every task there is.
    async fn passes(&self) {
        self.inner.pass(TICK_MS);
        let wakers = std::mem::take(&mut *self.wakers.lock().expect("no panic"));
        wakers.into_iter().for_each(Waker::wake);
        tokio::task::yield_now().await;
    }
}

impl World for Clocked {
    fn table(&self, request: TableRequest) -> Pending<'_, Result<TableReply, TableError>> {
        self.inner.table(request)
    }

    fn queue(&self, request: QueueRequest) -> Pending<'_, Result<(), QueueError>> {
        self.inner.queue(request)
    }

    fn now(&self) -> Millis {
        self.inner.now()
    }

    fn sleep(&self, milliseconds: u64) -> Pending<'_, ()> {
        let until = self.now() + milliseconds;
        Box::pin(Sleep { world: self.clone(), until })
    }

    fn token(&self) -> Token {
        self.inner.token()
    }
}

impl Http for Clocked {
    fn send(&self, request: HttpRequest) -> Pending<'_, Result<HttpResponse, HttpError>> {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        let shown = (text("chat_id").parse().unwrap_or_default(), text("text"));
        if request.url.ends_with("/sendMessage") {
            self.shown.lock().expect("no panic").push(shown);
        }
        self.inner.send(request)
    }
}

struct Sleep {
    world: Clocked,
    until: Millis,
}

impl Future for Sleep {
    type Output = ();
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.world.now() >= self.until {
            return Poll::Ready(());
        }
        self.world.wakers.lock().expect("no panic").push(context.waker().clone());
        Poll::Pending
    }
}

/// A model that takes its time.
struct Slow {
    world: Clocked,
    call_ms: u64,
    is_leaky: bool,
}

impl Model for Slow {
    fn transcribe(&self, sound: Sound) -> models::Pending<'_, Result<Metered<String>, ModelError>> {
        self.world.inner.transcribe(sound)
    }

    fn embed(&self, texts: Vec<String>) -> models::Pending<'_, Result<Metered<Vec<Vec<f32>>>, ModelError>> {
        self.world.inner.embed(texts)
    }

    fn answer(&self, prompt: Prompt) -> models::Pending<'_, Result<Reply, ModelError>> {
        Box::pin(async move {
            if self.is_leaky {
                tokio::spawn(reads_something_later(self.world.clone()));
            }
            let reply = self.world.inner.answer(prompt).await;
            self.world.sleep(self.call_ms).await;
            reply
        })
    }
}

/// What no turn may leave behind.
async fn reads_something_later(world: Clocked) {
    world.sleep(3_000).await;
    let _ = world.inner.table(TableRequest::Get { pk: "a".to_owned(), sk: "b".to_owned() }).await;
}
