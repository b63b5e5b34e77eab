/** What happens in the stack, looked at every second: the law, slots, times, queues, mailboxes, sandboxes. */
import { bars, percentile, slots } from './charts.js';
import { goBy, now } from './clock.js';
import { byId, count, describe, say, sleep } from './dom.js';
import { complaint, request } from './request.js';
import { label, longSpan, span } from './words.js';

const LOOK_MS = 1_000;
/** Looking at a table that takes so long to read is not all that is done. */
const REST = 4;
const RECENT_MS = 300_000;
/** What the scripted model takes when it is slow. */
export const SLOW_MS = 6_000;

export class Board {
  /** `seen`: hears of each look. */
  constructor(people, seen) {
    Object.assign(this, { people, seen, state: null, ledger: null, model: null, looks: 0, newest: 0 });
    this.watch();
    this.watchLedger();
  }

  async watch() {
    for (;;) {
      await this.look();
      await sleep(LOOK_MS);
    }
  }

  /** Looks now. Of two looks at once the one that was begun later holds. */
  async look() {
    this.looks += 1;
    const number = this.looks;
    const [state, model] = await Promise.all([request('/local/state'), request('/local/model')]);
    if (number < this.newest) return;
    this.newest = number;
    const isKnown = state.status === 200;
    if (isKnown) {
      this.state = state.body;
      this.model = model.status === 200 ? model.body : { scripted: false };
      this.show();
      this.seen(this);
    }
    for (const pane of this.people.panes) pane.reachable(state.status !== 0);
    say(byId('state-problem'), isKnown ? '' : `What is shown is old: ${complaint(state)}.`);
  }

  async watchLedger() {
    for (;;) {
      const began = performance.now();
      const reply = await request('/local/ledger');
      if (reply.status === 200) {
        this.ledger = reply.body;
        showLaw(this.ledger);
        showTimes('answers', this.ledger.answers);
        this.showMailboxes();
        if (this.state) this.seen(this);
      }
      await sleep(Math.max(LOOK_MS, REST * (performance.now() - began)));
    }
  }

  show() {
    const { state, model } = this;
    for (const pane of this.people.panes) pane.suggest(state.channel);
    say(byId('bot'), state.bot);
    say(byId('model'), model.scripted ? 'Scripted, not a real model.' : state.model);
    const advice = 'It repeats what it hears. With OPENAI_API_KEY or OPENAI_BASE_URL set, a real one answers.';
    say(byId('model-note'), model.scripted ? advice : '');
    for (const button of document.querySelectorAll('.scripted')) button.disabled = !model.scripted;
    byId('slow').setAttribute('aria-pressed', String(model.delay_ms === SLOW_MS));
    showClock(state.clock);
    this.showSlots();
    if (model.scripted) showTimes('calls', model.calls.filter(({ took_ms: took }) => took !== null));
    showQueues(state);
    showSandboxes(state);
  }

  showSlots() {
    const { sandboxes, model_concurrency: most } = this.state;
    const used = sandboxes.filter(({ function: name, state }) => name === 'processor' && state === 'busy').length;
    const asked = this.model.scripted ? `, ${count(this.model.in_flight, 'call')} at the model` : '';
    say(byId('slots-note'), `${used} of ${most} at work${asked}`);
    slots(byId('slots'), used, most);
    byId('slots').setAttribute('aria-label', `A box for each turn that can be at work: ${used} of ${most} are filled`);
  }

  showMailboxes() {
    const line = ({ conversation, waiting, lease, held_by: person }) => {
      const holds = lease ? `${lease.phase}, lease ends in ${span(lease.ends_in_ms)}` : 'nobody at work';
      const short = `${conversation.slice(0, conversation.indexOf(':') + 5)}…`;
      return [this.people.named(conversation) ?? short, `${'●'.repeat(waiting)} ${waiting} waiting, ${person ? `held by ${person}` : holds}`];
    };
    const lines = this.ledger.mailboxes.map(line);
    describe(byId('mailboxes'), lines.length > 0 ? lines : [['none', 'nobody waits']]);
  }
}

/** What time it is here, how far that is ahead, and what could be advanced to. */
function showClock(clock) {
  goBy(clock);
  const { now_ms: time, ahead_ms: ahead, due_ms: due } = clock;
  const shown = (ms) => new Date(ms).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  const place = ahead > 0 ? `${longSpan(ahead)} ahead of this machine, until a start with --fresh` : 'as on this machine';
  const next = due === null ? 'Nothing will be due: /remind 1h tea sets a reminder' : `Due next: ${shown(due)}`;
  say(byId('clock-note'), `It is ${shown(time)}, ${place}. ${next}.`);
  byId('due').disabled = due === null;
}

/** Acknowledged is what waits and every outcome, and nothing is missing. */
function showLaw({ accepted, waiting, outcomes, missing, violations }) {
  say(byId('accepted'), accepted);
  const terms = [...Object.entries(outcomes).map(([name, number]) => `${number} ${label(name)}`), `${waiting} waiting`];
  say(byId('sum'), `= ${terms.join(' + ')}`);
  const isKept = missing === 0 && violations.length === 0;
  say(byId('missing'), isKept ? 'Nothing is missing, nothing is doubled.' : violations.join(' ') || `${missing} missing.`);
  byId('law').classList.toggle('broken', !isKept);
}

/** Percentiles of the last five minutes, and a bar for each of the newest. */
function showTimes(id, all) {
  const recent = all.filter(({ at }) => now() - at < RECENT_MS).map(({ took_ms: took }) => took);
  const at = (percent) => span(percentile(recent, percent));
  const told = recent.length > 0 ? `half within ${at(50)}, 95 % within ${at(95)}, 99 % within ${at(99)}` : 'none in the last five minutes';
  say(byId(`${id}-note`), told);
  const shown = bars(byId(id), recent);
  const chart = byId(id).closest('.chart');
  chart.hidden = recent.length === 0;
  if (!shown) return;
  say(chart.querySelector('.top'), span(shown.top));
  say(chart.querySelector('figcaption'), `${shown.number === 1 ? 'The only one' : `The last ${shown.number}`} of five minutes, newest at the right`);
  byId(id).setAttribute('aria-label', `A bar for each of the last ${shown.number}, from 0 to ${span(shown.top)}: the highest ${span(shown.highest)}, the newest ${span(shown.newest)}`);
}

function showQueues({ queues }) {
  if (!queues) return describe(byId('queues'), [['elsewhere', 'not counted here']]);
  const rings = ({ messages }) => {
    const ends = messages.filter(({ state, until }) => state === 'in_flight' && until).map(({ until }) => until - queues.at);
    return ends.length > 0 ? `, the first comes again in ${span(Math.max(0, Math.min(...ends)))} unless it is done` : '';
  };
  const line = (queue) => `${queue.visible} waiting, ${queue.in_flight} in flight, ${queue.delayed} delayed${rings(queue)}`;
  return describe(byId('queues'), queues.queues.map((queue) => [queue.name, line(queue)]));
}

/** `2 at work, 1 idle` of a function's sandboxes, with what waits for one. */
function atWork(sandboxes, waiting) {
  const words = { busy: 'at work', starting: 'starting', idle: 'idle' };
  const number = (state) => sandboxes.filter((sandbox) => sandbox.state === state).length;
  const counts = Object.keys(words).filter((state) => number(state) > 0).map((state) => `${number(state)} ${words[state]}`);
  if (waiting > 0) counts.push(`${waiting} waiting for a sandbox`);
  return counts.join(', ');
}

function showSandboxes({ sandboxes, backlog }) {
  const functions = [...new Set(sandboxes.map((sandbox) => sandbox.function))].sort();
  const of = (name) => sandboxes.filter((sandbox) => sandbox.function === name);
  const lines = functions.map((name) => [name, atWork(of(name), backlog[name])]);
  describe(byId('sandboxes'), lines.length > 0 ? lines : [['none', 'they start with the first message']]);
}
