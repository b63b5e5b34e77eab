/** The web API: a session that the server issues, messages that are asked after. */
import { goByServer } from './clock.js';
import { complaint, request } from './request.js';
import { label } from './words.js';

/** A message that settles between two reads of the server looks unknown for a moment. */
const UNKNOWN_READS_MAX = 3;

export class Web {
  constructor(conversation) {
    Object.assign(this, { conversation, memory: conversation.memory });
  }

  get address() {
    const { session } = this.memory;
    return session ? `Session …${session.split('.')[0].slice(-6)}, issued by the server` : 'No session yet';
  }

  ask(entry) {
    const body = { message: entry.says ?? entry.text, message_id: entry.id, language: navigator.language };
    const headers = { Prefer: 'respond-async' };
    return request('/api/chat', { method: 'POST', session: this.memory.session, headers, body });
  }

  /**
   * The same id goes along each time, so that a message is taken once. When the server finds it too old it gets another,
   * unless an earlier try may have arrived: then its user decides.
   */
  async post(entry, isCorrected = false) {
    const { session } = this.memory;
    const { isTried = false } = entry;
    entry.isTried = true;
    this.conversation.save();
    const reply = await this.ask(entry);
    if (reply.status > 0 && reply.status < 500) entry.isTried = isTried;
    if (reply.body.error === 'clock') {
      goByServer(reply.body.now_ms);
      Object.assign(entry, this.conversation.stamp(), { isTried: false });
      if (!isTried && !isCorrected) return this.post(entry, true);
    }
    if (reply.status === 401 && session) {
      this.forget(session);
      return this.post(entry);
    }
    const { body } = reply;
    if (body.session_id) this.memory.session = body.session_id;
    if (body.request_id) this.memory.webKey = body.request_id.split('.').slice(0, 2).join(':');
    if (body.status === 'pending') Object.assign(entry, { state: 'pending', statusUrl: body.status_url });
    else if (body.outcome) this.settle(entry, body);
    else if (body.success) this.settle(entry, { ...body, outcome: 'command' });
    else this.conversation.notSent(entry, reply);
    return this.conversation.changed();
  }

  wasDelivered(entry) { return Boolean(entry.statusUrl); }

  async again(entry) {
    const reply = await this.ask(entry);
    return { reply, status: reply.status };
  }

  /** A choice is said: its words, where what they stand for is not for people. */
  tap({ label: text, says }) { return this.conversation.send({ text, says }); }

  stop() {
    const { conversation, conversation: { view } } = this;
    view.tell('Stopping…');
    return conversation.inOrder(async () => {
      const { session } = this.memory;
      if (!session) return view.tell('Nothing has been sent yet.');
      const reply = await request('/api/chat/cancel', { method: 'POST', session });
      if (reply.status === 401) this.forget(session);
      return view.tell(reply.status === 200 ? reply.body.response : `Not stopped: ${complaint(reply)}.`);
    });
  }

  /**
   * Asks for every message that is pending, the newest first: a message that is read after a settled one was sent
   * before it, and has settled too. What has settled is shown in the order it was written.
   */
  async read() {
    const { memory, conversation: { view } } = this;
    const pending = memory.web.filter((entry) => entry.state === 'pending');
    const { session } = memory;
    if (!session || pending.length === 0) return undefined;
    const settled = [];
    const end = () => {
      for (const { entry, outcome } of settled) this.settle(entry, outcome);
    };
    for (const entry of pending.toReversed()) {
      const reply = await request(entry.statusUrl, { session });
      entry.unknownReads = reply.status === 404 ? (entry.unknownReads ?? 0) + 1 : 0;
      const isForgotten = reply.status === 401 || entry.unknownReads >= UNKNOWN_READS_MAX;
      const isAnswer = [0, 200, 404].includes(reply.status);
      if (isForgotten || !isAnswer) end();
      if (isForgotten) return this.forget(session);
      if (!isAnswer) return view.report(`Outcome: ${complaint(reply)}. Asking again.`);
      if (reply.body.status === 'settled') settled.unshift({ entry, outcome: reply.body });
    }
    end();
    if (settled.length > 0) view.report('');
    return this.conversation.changed();
  }

  /** A cancelled message needs no sentence: its label says it. */
  settle(entry, { outcome, response, buttons = [], answer_id: answerId }) {
    const answer = outcome === 'cancelled' ? '' : response;
    Object.assign(entry, { state: outcome, answer, answerId, choices: buttons, why: '' });
    this.conversation.view.announce(`${label(outcome)}. ${answer}`);
  }

  /** The server does not know the session any more. The next message begins a new one. */
  forget(session) {
    const { memory, conversation } = this;
    if (memory.session !== session) return;
    memory.session = null;
    conversation.view.report('');
    for (const entry of memory.web.filter(({ state }) => state === 'pending')) entry.state = 'forgotten';
    const text = 'The server does not know this session any more. A new one begins with the next message.';
    memory.web.push({ from: 'note', text });
    conversation.view.announce(text);
    conversation.changed();
  }
}
