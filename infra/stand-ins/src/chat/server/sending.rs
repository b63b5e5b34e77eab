//! Events on their way to the webhook. They overtake one another: none of these platforms keeps an order.
use super::{Handle, Handshake};
use crate::chat::delivery::{Attempted, attempt};
use crate::chat::people::{Delivered, Refused};
use crate::chat::platform::{Attempt, Event, Probe, Sealed};
use crate::listening::wait_for_stop;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

/// Learns the status of an event's first attempt.
type First = oneshot::Receiver<Option<u16>>;

impl Handle {
    /// Sends what came of one action. Returns after the first attempt of its first event.
    pub(super) async fn send_all(&self, events: Vec<Event>, message_id: Option<String>) -> Delivered {
        let mut ids = events.iter().map(|event| event.id.clone());
        let event = ids.next();
        let more_events = ids.collect();
        let about = events.first().and_then(|event| event.message_id.clone());
        let mut firsts: Vec<First> = events.into_iter().map(|event| self.send(event)).collect();
        let status = if firsts.is_empty() { None } else { firsts.swap_remove(0).await.ok().flatten() };
        Delivered { event, more_events, message_id: message_id.or(about), status }
    }

    /// Delivers an event in a task of its own, as often as the platform tries.
    pub(super) fn send(&self, event: Event) -> First {
        let (told, first) = oneshot::channel();
        self.site().events.insert(event.id.clone(), event.clone());
        let handle = self.clone();
        self.pending.fetch_add(1, Ordering::AcqRel);
        tokio::spawn(async move {
            let mut stopping = handle.stopping.subscribe();
            tokio::select! {
                () = handle.deliver(&event, told) => {}
                () = wait_for_stop(&mut stopping) => {}
            }
            handle.pending.fetch_sub(1, Ordering::AcqRel);
        });
        first
    }

    async fn deliver(&self, event: &Event, told: oneshot::Sender<Option<u16>>) {
        let (pauses, repeats) = {
            let site = self.site();
            (site.platform.redelivery().pauses, site.platform.repeats(event))
        };
        let mut told = Some(told);
        let mut next = Attempt::default();
        loop {
            let (accepted, tried) = self.attempt(event, next).await;
            if let Some(told) = told.take() {
                // Whoever asked may no longer wait.
                let _ = told.send(tried.status);
            }
            let failures = next.failures + 1;
            let goes_on = repeats && !accepted && !tried.stopped;
            let Some(pause) = pauses.after(failures).filter(|_| goes_on) else { return };
            tokio::time::sleep(pause.mul_f64(self.pause_scale)).await;
            next = Attempt { failures, timed_out: tried.timed_out, bad_status: tried.status.is_some() };
        }
    }

    /// One attempt, and whether the platform is content with it.
    async fn attempt(&self, event: &Event, which: Attempt) -> (bool, Attempted) {
        let Some(url) = self.webhook.borrow().clone() else { return (true, Attempted::default()) };
        let (sealed, rules) = {
            let mut site = self.site();
            let now_ms = site.world.now_ms;
            (site.platform.seal(event, which, now_ms), site.platform.redelivery())
        };
        let tried = attempt(&self.http, &url, sealed, &rules).await;
        let accepted = tried.status.is_some_and(|status| rules.accepted.contains(&status));
        if accepted {
            let mut site = self.site();
            let site = &mut *site;
            site.platform.answered(&mut site.world, event, &tried.body);
        }
        (accepted, tried)
    }

    /// Sends an event once more, as the platform words a repetition.
    ///
    /// # Errors
    /// There is no such event.
    pub async fn redeliver(&self, id: &str) -> Result<Delivered, Refused> {
        let event = self.site().events.get(id).cloned().ok_or_else(|| Refused::Unknown(id.to_owned()))?;
        let again = Attempt { failures: 1, timed_out: true, bad_status: false };
        let (_, tried) = self.attempt(&event, again).await;
        let (event, message_id) = (Some(event.id), event.message_id);
        Ok(Delivered { event, more_events: Vec::new(), message_id, status: tried.status })
    }

    /// Tries the webhook as the platform does when its URL is entered.
    pub async fn handshake(&self) -> Handshake {
        let (honest, forged) = {
            let mut site = self.site();
            let site = &mut *site;
            site.platform.handshake(&mut site.world)
        };
        let (status, echoed) = self.probe(honest).await;
        let forged_refused = match forged {
            Some(forged) => Some(self.probe(forged).await.1),
            None => None,
        };
        Handshake { status, echoed, forged_refused }
    }

    async fn probe(&self, Probe { sealed, passed }: Probe) -> (Option<u16>, bool) {
        let tried = self.try_once(sealed).await;
        let good = tried.status.is_some_and(|status| passed(status, &tried.body));
        (tried.status, good)
    }

    async fn try_once(&self, sealed: Sealed) -> Attempted {
        let Some(url) = self.webhook.borrow().clone() else { return Attempted::default() };
        let rules = self.site().platform.redelivery();
        attempt(&self.http, &url, sealed, &rules).await
    }
}
