/** A chat platform's stand-in: it signs and delivers webhooks, and shows what its user sees. */
import { complaint, post, request } from './request.js';
import { choicesOf } from './row.js';

/** What a message is before the table says what has become of it. */
const OPEN = ['delivered', 'retried', 'pending'];

export class Platform {
  constructor(conversation, channel, chat) {
    Object.assign(this, { conversation, channel, memory: conversation.memory, path: `/local/${channel}/${chat}` });
    this.address = `Chat ${chat}, through the signed webhook`;
  }

  async post(entry) {
    const { text, voice } = entry;
    const reply = await post(this.path, voice ? { voice } : { text });
    const { message_id: id, status, event, update_id: update } = reply.body;
    if (!id) return this.conversation.notSent(entry, reply);
    const isTaken = status >= 200 && status < 300;
    const why = isTaken ? '' : `the webhook answered ${status ?? 'nothing'}, the platform tries again`;
    Object.assign(entry, { platformId: id, event: event ?? String(update), state: isTaken ? 'delivered' : 'retried', why });
    delete entry.voice;
    return this.conversation.changed();
  }

  wasDelivered(entry) { return Boolean(entry.event); }

  async again(entry) {
    const reply = await post(`${this.path}/redeliver`, { event: entry.event });
    return { reply, status: reply.body.status };
  }

  /** The platform is told that its button was pressed. */
  tap(choice) {
    return this.conversation.inOrder(async () => {
      const reply = await post(`${this.path}/press`, { data: choice.says });
      if (reply.status !== 200) this.conversation.view.report(`Not pressed: ${complaint(reply)}.`);
    });
  }

  stop() { return this.conversation.send({ text: 'cancel' }); }

  /** Adds what is new in the chat; a message that nobody confirmed has arrived if it is there. */
  async read() {
    const { view } = this.conversation;
    const reply = await request(this.path);
    if (reply.status === 404) return view.report('This stack uses the real platform: write there.');
    if (reply.status === 0) return undefined;
    if (reply.status !== 200) return view.report(`Chat: ${complaint(reply)}. Asking again.`);
    view.report('');
    const entries = this.memory[this.channel];
    const known = new Set(entries.map((entry) => entry.platformId));
    const news = reply.body.messages.filter((line) => !known.has(line.message_id));
    for (const line of news) this.add(entries, line);
    const isOpen = entries.some((entry) => entry.from === 'user' && OPEN.includes(entry.state));
    if (isOpen) await this.readTable(entries);
    return (isOpen || news.length > 0) && this.conversation.changed();
  }

  add(entries, line) {
    const text = line.text.trim();
    const same = entries.find((e) => !e.platformId && e.from === line.from && e.text === text);
    const entry = same ?? { from: line.from, text };
    if (!same) entries.push(entry);
    const choices = line.from === 'bot' ? choicesOf(line) : [];
    Object.assign(entry, { platformId: line.message_id, state: 'delivered', why: '', choices });
    if (line.from === 'bot') this.conversation.view.announce(line.text);
  }

  /** What the table says has become of the messages: in their order, by what was said. */
  async readTable(entries) {
    const { status, body } = await request(`${this.path}/outcomes`);
    if (status !== 200) return;
    this.memory[`${this.channel}Key`] = body.conversation;
    const stored = [...body.messages];
    for (const entry of entries.filter(({ from, platformId }) => from === 'user' && platformId)) {
      const at = stored.findIndex(({ text }) => text.trim() === entry.text);
      if (at < 0) continue;
      Object.assign(entry, { state: stored[at].state, why: '' });
      stored.splice(at, 1);
    }
  }
}
