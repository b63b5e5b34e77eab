/** What one person and the bot say to one another, on each channel, of which one is shown. Two people share nothing. */
import { now } from './clock.js';
import { sleep } from './dom.js';
import { remember, remembered } from './memory.js';
import { Platform } from './platform.js';
import { complaint, messageId, voiceNote } from './request.js';
import { Web } from './web.js';

const POLL_MS = 600;

export class Conversation {
  /** `view`: shows what has `changed()`, `report`s what is wrong, `tell`s what came of a press, and `announce`s answers. */
  constructor(person, view, did) {
    Object.assign(this, { person, view, did, memory: remembered(person), lastMessageMs: 0, isHere: true });
    this.requests = Promise.resolve();
    this.places = { web: new Web(this) };
    for (const [channel, chat] of Object.entries(person.chats)) this.places[channel] = new Platform(this, channel, chat);
  }

  get channel() { return this.memory.channel ?? 'web'; }

  get place() { return this.places[this.channel]; }

  get shown() { return this.memory[this.channel]; }

  /** Whether a conversation of the table is the one that is shown. */
  isIn(conversation) { return this.memory[`${this.channel}Key`] === conversation; }

  choose(channel) {
    this.memory.channel = channel;
    this.changed(true);
  }

  keep(draft) {
    this.memory.draft = draft;
    this.save();
  }

  save() {
    if (remember(this.person, this.memory)) return;
    this.view.report('The browser keeps no more for this page: a reload will forget this conversation.');
  }

  changed(toEnd = false) {
    this.save();
    this.view.changed(toEnd);
  }

  /** Shows a message at once and sends it after all that were written before it. */
  send(said) {
    const entry = { from: 'user', ...said, state: 'sending', ...this.stamp() };
    this.memory.channel = this.channel;
    this.shown.push(entry);
    this.changed(true);
    return this.deliver(entry, this.place);
  }

  sendTen() {
    for (let i = 1; i <= 10; i += 1) this.send({ text: `Message ${i} of 10` });
  }

  speak() {
    this.did('voice');
    this.send({ text: '', voice: voiceNote(`this is ${this.person.name} speaking`) });
  }

  sendAgain(entry) {
    Object.assign(entry, { state: 'sending', why: '' });
    this.changed();
    this.deliver(entry, this.place);
  }

  tap(choice) { return this.place.tap(choice); }

  /** Stops what was sent before the press, and not what is sent after it. */
  stop() {
    this.did('stopped');
    return this.place.stop();
  }

  /** The last message comes once more, as platforms deliver again what they think is lost. */
  redeliver() {
    const { place } = this;
    const last = this.shown.findLast((entry) => entry.from === 'user' && place.wasDelivered(entry));
    if (!last) return this.view.tell('Nothing has been delivered yet.');
    return this.inOrder(async () => {
      const { reply, status } = await place.again(last);
      if (status) this.did('redelivered', { status });
      else this.view.tell(`Not delivered again: ${complaint(reply)}.`);
    });
  }

  /** An id and its time; of two messages in one millisecond the second is later. */
  stamp() {
    this.lastMessageMs = Math.max(now(), this.lastMessageMs + 1);
    return { id: messageId(this.lastMessageMs), at: this.lastMessageMs };
  }

  /** One request of this person after the other: messages arrive in the order they were written. */
  inOrder(action) {
    this.requests = this.requests.then(action);
    return this.requests;
  }

  deliver(entry, place) { return this.inOrder(() => place.post(entry)); }

  notSent(entry, reply) {
    Object.assign(entry, { state: 'unsent', why: complaint(reply) });
    this.changed();
  }

  /** Goes on where a reload broke off. The web API takes a message once; a platform's chat is read first. */
  resume() {
    for (const [channel, place] of Object.entries(this.places)) {
      const isUnsent = (entry) => entry.state === 'sending';
      if (!this.memory[channel].some(isUnsent)) continue;
      if (channel !== 'web') this.inOrder(() => place.read());
      this.inOrder(() => { for (const entry of this.memory[channel].filter(isUnsent)) this.deliver(entry, place); });
    }
  }

  async watch() {
    while (this.isHere) {
      await this.places.web.read();
      const { place } = this;
      if (place !== this.places.web) await this.inOrder(() => place.read());
      await sleep(POLL_MS);
    }
  }
}
