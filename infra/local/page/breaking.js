/** The buttons that break something, and the log of what the guarantees made of it. */
import { deed, since, SLOW_MS } from './board.js';
import { goBy } from './clock.js';
import { byId, say } from './dom.js';
import { complaint, post, request } from './request.js';
import { DEEDS } from './words.js';

/** What the scripted model takes unless told otherwise. */
const USUAL_MS = 800;
const KEPT = 8;

export class Breaking {
  constructor() {
    this.open = [];
    const press = (id, action) => byId(id).addEventListener('click', () => action());
    press('kill', () => this.kill());
    press('slow', () => this.slow());
    press('fail', () => this.change('failing', { status: 500, times: 1 }));
    press('minutes', () => this.advance('minutes', { by_ms: 180_000 }));
    press('hour', () => this.advance('hour', { by_ms: 3_600_000 }));
    press('day', () => this.advance('day', { by_ms: 90_000_000 }));
    press('due', () => this.advance('due', { to: 'due' }));
    press('refuse', () => this.change('refusing', { status: 429, times: 2 }));
  }

  /** What is broken, and where it is seen. */
  watch(people, board) {
    this.board = board;
    byId('flood').addEventListener('click', async () => {
      await this.did('flood', {}, await this.look());
      people.flood();
    });
  }

  /** The ledger as it is now. Nothing where it cannot be read. */
  async look() {
    const { status, body } = await request('/local/ledger');
    return status === 200 ? body : undefined;
  }

  /** Writes down what was done and what becomes of it, beside a look from before it was done. */
  async did(name, facts = {}, before = undefined) {
    const line = deed(DEEDS[name]({ ...this.board?.state, ...facts }));
    byId('deeds').prepend(line);
    while (byId('deeds').children.length > KEPT) byId('deeds').lastElementChild.remove();
    byId('no-deeds').hidden = true;
    const looked = before ?? await this.look();
    if (looked) this.open.push({ line, before: looked, looks: 0 });
  }

  /** Each look completes the lines that are shown, until something came of it and nothing waits any more. */
  seen({ ledger }) {
    for (const entry of this.open) {
      entry.looks += 1;
      const came = since(entry.before, ledger);
      const isOver = ledger.waiting === 0 && entry.looks > 3 && came !== '';
      const so = isOver ? '' : `, ${ledger.waiting} waiting`;
      const missing = ledger.missing === 0 ? 'nothing missing' : `${ledger.missing} missing`;
      say(entry.line.querySelector('.came'), `Since then: ${came || 'no message has been settled'}${so}, ${missing}.`);
      entry.isOver = isOver;
    }
    this.open = this.open.filter((entry) => !entry.isOver && entry.line.isConnected);
  }

  /** The processor that is at work; if none is, the next one. */
  async kill() {
    const before = await this.look();
    const reply = await post('/local/kill', { function: 'processor' });
    if (reply.status !== 200) return this.problem(reply);
    if (reply.body.killed > 0) return this.did('killed', {}, before);
    const armed = await post('/local/faults', { function: 'processor', kill_next: 1 });
    return armed.status === 204 ? this.did('armed', {}, before) : this.problem(armed);
  }

  /** Slow at the first press, as before at the second. */
  slow() {
    const { delay_ms: now } = this.board.model;
    const isSlow = now === SLOW_MS;
    if (!isSlow) this.usual = now;
    return this.change(isSlow ? 'quick' : 'slow', { delay_ms: isSlow ? this.usual ?? USUAL_MS : SLOW_MS });
  }

  /** Time passes at once. What is written from now on has the new time. */
  async advance(name, step) {
    const before = await this.look();
    const reply = await post('/local/clock', step);
    if (reply.status !== 200) return this.problem(reply);
    goBy(reply.body);
    return this.did(name, {}, before);
  }

  async change(name, change) {
    const before = await this.look();
    const reply = await post('/local/model', change);
    if (reply.status === 204) this.did(name, {}, before);
    else this.problem(reply);
  }

  problem(reply) { say(byId('state-problem'), `Not done: ${complaint(reply)}.`); }
}
