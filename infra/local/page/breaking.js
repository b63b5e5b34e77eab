/** The buttons that break something, what is armed, and the log of what the guarantees made of it. */
import { showArmed } from './armed.js';
import { SLOW_MS } from './board.js';
import { goBy } from './clock.js';
import { showDeeds } from './deeds.js';
import { byId, say } from './dom.js';
import { complaint, post, request } from './request.js';

export class Breaking {
  constructor() {
    const press = (id, action) => byId(id).addEventListener('click', () => this.press(action));
    press('kill', () => this.kill());
    press('slow', () => this.slow());
    press('fail', () => post('/local/model', { status: 500, times: 1 }));
    press('refuse', () => post('/local/model', { status: 429, times: 2 }));
    press('minutes', () => this.advance({ by_ms: 180_000 }));
    press('hour', () => this.advance({ by_ms: 3_600_000 }));
    press('day', () => this.advance({ by_ms: 90_000_000 }));
    press('due', () => this.advance({ to: 'due' }));
    press('forget', () => {
      // Its button goes with the lines.
      byId('log').focus();
      return request('/local/deeds', { method: 'DELETE' });
    });
  }

  /** What is broken, and where it is seen. */
  watch(people, board) {
    this.board = board;
    byId('flood').addEventListener('click', () => {
      this.did('flood');
      people.flood();
    });
  }

  /** Tells the stack what somebody did here. It is on its way before what is done afterwards. */
  did(name, facts = {}) { return this.press(() => post('/local/deeds', { name, ...facts })); }

  /** Each look shows what the stack knows: every page the same. */
  seen(board) {
    showArmed(board.state.armed, (armed) => this.press(() => this.disarm(armed)));
    showDeeds(board);
  }

  /** Says what was wrong until the next press, and looks at what came of it. */
  async press(action) {
    say(byId('break-problem'), '');
    const reply = await action();
    if (reply.status < 200 || reply.status > 299) say(byId('break-problem'), `Not done: ${complaint(reply)}.`);
    await this.board?.look();
  }

  /** The processor that is at work; if none is, the next one. */
  async kill() {
    const reply = await post('/local/kill', { function: 'processor' });
    if (reply.status !== 200 || reply.body.killed > 0) return reply;
    return post('/local/faults', { function: 'processor', kill_next: 1 });
  }

  async disarm(armed) {
    byId('kill').focus();
    const reply = await post('/local/disarm', armed);
    if (reply.body.disarmed === false) say(byId('break-problem'), 'Not disarmed: it has just happened.');
    return reply;
  }

  /** Slow at the first press, as before at the second. */
  slow() {
    const { model, state } = this.board;
    return post('/local/model', { delay_ms: model.delay_ms === SLOW_MS ? state.model_delay_ms : SLOW_MS });
  }

  /** Time passes at once. What is written from now on has the new time. */
  async advance(step) {
    const reply = await post('/local/clock', step);
    if (reply.status === 200) goBy(reply.body);
    return reply;
  }
}
