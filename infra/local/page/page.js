/** The page: Ann and Ben side by side, and what the stack does meanwhile. The two share nothing. */

/** Their chats with the bot, as each platform names chats; the web names its own. */
const chats = (number) => ({
  telegram: `100${number}`, line: `U${String(number).padStart(32, '0')}`, whatsapp: `88690000000${number}`,
  messenger: `600000000000${number}`, slack: `D0000000${number}`, discord: `70000000000000000${number}`,
});
const PEOPLE = [{ name: 'Ann', chats: chats(1) }, { name: 'Ben', chats: chats(2) }];
const POLL_MS = 600;
const STATE_MS = 1_000;
const GIVE_UP_MS = 20_000;
/** The server takes message ids whose time is at most five minutes off. */
const ID_LIFE_MS = 240_000;
/** A message that settles between two reads of the server looks unknown for a moment. */
const UNKNOWN_READS_MAX = 3;
/** Said by the one that asks every second, so that the others need not. */
const SILENT = 'The stack does not answer. What you wrote is kept; asking again every second.';

/** States and outcomes that are not called by their own name. */
const LABELS = {
  'sending': 'pending', 'unsent': 'not sent', 'retried': 'not delivered yet', 'command': 'done',
  'forgotten': 'forgotten by the server', 'superseded': 'replaced by a newer message',
  'timed-out': 'timed out', 'handed-over': 'handed over to a person',
};
const label = (state) => LABELS[state] ?? state ?? '';

const byId = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Imported, not cloned: only so does `dir="auto"` follow a text that is set later. */
const copyOf = (template) => document.importNode(byId(template).content.firstElementChild, true);

/** Says a text in an element; one that is there already is not announced again. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * One request. Status 0: nobody answered, or not to the end. A page that is left breaks its requests off;
 * after the pause it is gone, and does not write them down as failed.
 */
async function request(path, { method = 'GET', session, headers = {}, body } = {}) {
  headers = { ...headers };
  if (session) headers['Authorization'] = `Bearer ${session}`;
  if (body) headers['Content-Type'] = 'application/json';
  try {
    const signal = AbortSignal.timeout(GIVE_UP_MS);
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
  } catch {
    await sleep(100);
    return { status: 0, body: {} };
  }
}

/** Why a request was of no use, in words. */
function complaint({ status, body }) {
  if (status === 0) return 'the stack does not answer';
  return body.message ? `${body.message} (${status})` : `the stack answered ${status}`;
}

/** A UUID of version 7 for a moment: sent twice, it is still one message. */
function messageId(atMs) {
  const time = atMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/**
 * Whether a message has its answer together with the next one. Each round asks for the older first, so of two
 * that settle at once the older is seen in the same round, or in the next if it was asked just too early.
 */
function sharesAnswer(older, newer) {
  const together = newer && (older.round === newer.round || older.round === newer.round + 1);
  return Boolean(together && older.answer && older.answer === newer.answer && older.state === newer.state);
}

/** One person: a conversation on each channel, of which one is shown. */
class Pane {
  constructor(person) {
    this.person = person;
    this.key = `turnwise.${person.name}`;
    this.memory = this.remembered();
    this.requests = Promise.resolve();
    this.rows = new Map();
    this.lastMessageMs = 0;
    this.build();
    this.render();
    this.resume();
    this.watch();
  }

  remembered() {
    const empty = { channel: null, draft: '', session: null, round: 0, web: [] };
    for (const channel of Object.keys(this.person.chats)) empty[channel] = [];
    try {
      return { ...empty, ...JSON.parse(sessionStorage.getItem(this.key)) };
    } catch {
      return empty;
    }
  }

  save() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.memory));
    } catch {
      this.report('The browser keeps no more for this page: a reload will forget this conversation.');
    }
  }

  build() {
    const { name } = this.person;
    const root = copyOf('pane');
    const find = (selector) => root.querySelector(selector);
    this.view = { text: find('textarea') };
    const parts = ['scroll', 'transcript', 'empty', 'address', 'problem', 'result', 'announcer', 'composer'];
    for (const part of parts) this.view[part] = find(`.${part}`);
    root.setAttribute('aria-label', name);
    find('h2').textContent = name;
    find('.channels .unseen').textContent = `Channel of ${name}`;
    find('.composer .unseen').textContent = `Message as ${name}`;
    this.view.text.placeholder = `Message as ${name}`;
    this.view.scroll.setAttribute('aria-label', `Conversation of ${name}`);
    this.view.announcer.setAttribute('aria-label', `New answers for ${name}`);
    this.view.channels = find('select');
    this.view.channels.value = this.channel;
    this.view.channels.addEventListener('change', () => this.choose(this.view.channels.value));
    this.view.text.value = this.memory.draft;
    this.view.text.addEventListener('input', () => {
      this.memory.draft = this.view.text.value;
      this.save();
    });
    this.view.text.addEventListener('keydown', (event) => this.typed(event));
    this.view.composer.addEventListener('submit', (event) => this.submitted(event));
    find('.stop').addEventListener('click', () => this.stop());
    find('.ten').addEventListener('click', () => {
      for (let i = 1; i <= 10; i += 1) this.send(`Message ${i} of 10`);
    });
    byId('panes').append(root);
  }

  get channel() { return this.memory.channel ?? 'web'; }

  get shown() { return this.memory[this.channel]; }

  /** The bot's own channel, until the person has chosen one. */
  suggest(channel) {
    if (this.memory.channel || !(channel === 'web' || channel in this.person.chats)) return;
    this.view.channels.value = channel;
    this.choose(channel);
  }

  choose(channel) {
    this.memory.channel = channel;
    this.report('');
    say(this.view.result, '');
    this.save();
    this.render(true);
  }

  /** Enter sends, unless it ends a word in an input method (229: browsers that end it first). */
  typed(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.view.composer.requestSubmit();
  }

  submitted(event) {
    event.preventDefault();
    const text = this.view.text.value.trim();
    this.view.text.focus();
    if (!text) return;
    this.view.text.value = '';
    this.memory.draft = '';
    this.send(text);
  }

  /** Shows a message at once and sends it after all that were written before it. */
  send(text) {
    say(this.view.result, '');
    const entry = { from: 'user', text, state: 'sending', ...this.stamp() };
    this.memory.channel = this.channel;
    this.shown.push(entry);
    this.changed(true);
    this.deliver(entry, this.channel);
  }

  /** Taps a choice: on the web it is said, a platform is told that its button was pressed. */
  tap(choice) {
    this.view.text.focus();
    if (this.channel === 'web') return this.send(choice.says);
    say(this.view.result, '');
    const path = `${this.chatPath()}/press`;
    return this.inOrder(async () => {
      const reply = await request(path, { method: 'POST', body: { data: choice.says } });
      if (reply.status !== 200) this.report(`Not pressed: ${complaint(reply)}.`);
    });
  }

  chatPath(channel = this.channel) { return `/local/${channel}/${this.person.chats[channel]}`; }

  /** An id and its time; of two messages in one millisecond the second is later. */
  stamp() {
    this.lastMessageMs = Math.max(Date.now(), this.lastMessageMs + 1);
    return { id: messageId(this.lastMessageMs), at: this.lastMessageMs };
  }

  sendAgain(entry) {
    Object.assign(entry, { state: 'sending', why: '' });
    this.changed();
    this.view.text.focus();
    this.deliver(entry, this.channel);
  }

  /** One request of this person after the other: messages arrive in the order they were written. */
  inOrder(action) {
    this.requests = this.requests.then(action);
    return this.requests;
  }

  deliver(entry, channel) {
    return this.inOrder(() => (channel === 'web' ? this.postToWeb(entry) : this.postToPlatform(entry, channel)));
  }

  async postToWeb(entry) {
    if (Date.now() - entry.at > ID_LIFE_MS) Object.assign(entry, this.stamp());
    const session = this.memory.session;
    const message = { message: entry.text, message_id: entry.id, language: navigator.language };
    const headers = { Prefer: 'respond-async' };
    const reply = await request('/api/chat', { method: 'POST', session, headers, body: message });
    if (reply.status === 401 && session) {
      this.forget(session);
      return this.postToWeb(entry);
    }
    const { body } = reply;
    if (body.session_id) this.memory.session = body.session_id;
    if (body.status === 'pending') Object.assign(entry, { state: 'pending', statusUrl: body.status_url });
    else if (body.outcome) this.settle(entry, body);
    else if (body.success) this.settle(entry, { ...body, outcome: 'command' });
    else this.notSent(entry, reply);
    return this.changed();
  }

  async postToPlatform(entry, channel) {
    const reply = await request(this.chatPath(channel), { method: 'POST', body: { text: entry.text } });
    const { message_id: id, status } = reply.body;
    if (!id) return this.notSent(entry, reply);
    entry.platformId = id;
    const taken = status >= 200 && status < 300;
    entry.state = taken ? 'delivered' : 'retried';
    entry.why = taken ? '' : `the webhook answered ${status ?? 'nothing'}, the platform tries again`;
    return this.changed();
  }

  notSent(entry, reply) {
    Object.assign(entry, { state: 'unsent', why: complaint(reply) });
    this.changed();
  }

  /** A cancelled message needs no sentence: its label says it. */
  settle(entry, { outcome, response, buttons = [] }) {
    const answer = outcome === 'cancelled' ? '' : response;
    Object.assign(entry, { state: outcome, answer, choices: buttons, why: '' });
    this.announce(`${label(outcome)}. ${answer}`);
  }

  /** Stops what was sent before the press, and not what is sent after it. */
  stop() {
    if (this.channel !== 'web') return this.send('cancel');
    say(this.view.result, 'Stopping…');
    return this.inOrder(async () => {
      const session = this.memory.session;
      if (!session) return say(this.view.result, 'Nothing has been sent yet.');
      const reply = await request('/api/chat/cancel', { method: 'POST', session });
      if (reply.status === 401) this.forget(session);
      const done = reply.status === 200;
      return say(this.view.result, done ? reply.body.response : `Not stopped: ${complaint(reply)}.`);
    });
  }

  /** Goes on where a reload broke off. The web API takes a message once; a platform's chat is read first. */
  resume() {
    const unsent = (channel) => this.memory[channel].filter((entry) => entry.state === 'sending');
    for (const entry of unsent('web')) this.deliver(entry, 'web');
    for (const channel of Object.keys(this.person.chats).filter((name) => unsent(name).length > 0)) {
      this.inOrder(() => this.readChat(channel));
      this.inOrder(() => { for (const entry of unsent(channel)) this.deliver(entry, channel); });
    }
  }

  async watch() {
    for (;;) {
      await this.readOutcomes();
      const { channel } = this;
      if (channel !== 'web') await this.inOrder(() => this.readChat(channel));
      await sleep(POLL_MS);
    }
  }

  /** Asks for every message that is pending, the oldest first. */
  async readOutcomes() {
    const { session } = this.memory;
    const pending = this.memory.web.filter((entry) => entry.state === 'pending');
    if (!session || pending.length === 0) return undefined;
    this.memory.round += 1;
    for (const entry of pending) {
      const reply = await request(entry.statusUrl, { session });
      entry.unknownReads = reply.status === 404 ? (entry.unknownReads ?? 0) + 1 : 0;
      const isForgotten = reply.status === 401 || entry.unknownReads >= UNKNOWN_READS_MAX;
      if (isForgotten) return this.forget(session);
      const isAnswer = [0, 200, 404].includes(reply.status);
      if (!isAnswer) return this.report(`Outcome: ${complaint(reply)}. Asking again.`);
      if (reply.body.status !== 'settled') continue;
      entry.round = this.memory.round;
      this.settle(entry, reply.body);
      this.report('');
    }
    return this.changed();
  }

  /** Adds what is new in a platform's chat; a message that nobody confirmed has arrived if it is there. */
  async readChat(channel) {
    const reply = await request(this.chatPath(channel));
    if (reply.status === 404) return this.report('This stack uses the real platform: write there.');
    if (reply.status === 0) return undefined;
    if (reply.status !== 200) return this.report(`Chat: ${complaint(reply)}. Asking again.`);
    this.report('');
    const entries = this.memory[channel];
    const known = new Set(entries.map((entry) => entry.platformId));
    const news = reply.body.messages.filter((line) => !known.has(line.message_id));
    for (const line of news) {
      const text = line.text.trim();
      const same = entries.find((e) => !e.platformId && e.from === line.from && e.text === text);
      const entry = same ?? { from: line.from, text };
      if (!same) entries.push(entry);
      const choices = line.from === 'bot' ? choicesOf(line) : [];
      Object.assign(entry, { platformId: line.message_id, state: 'delivered', why: '', choices });
      if (line.from === 'bot') this.announce(line.text);
    }
    return news.length > 0 && this.changed();
  }

  /** The server does not know the session any more. The next message begins a new one. */
  forget(session) {
    if (this.memory.session !== session) return;
    this.memory.session = null;
    this.report('');
    const pending = this.memory.web.filter((entry) => entry.state === 'pending');
    for (const entry of pending) entry.state = 'forgotten';
    const text = 'The server does not know this session any more. A new one begins with the next message.';
    this.memory.web.push({ from: 'note', text });
    this.announce(text);
    this.changed();
  }

  report(text) { say(this.view.problem, text); }

  /** Says that the stack is silent, and takes it back, but nothing else. */
  reachable(answers) {
    if (!answers) this.report(SILENT);
    else if (this.view.problem.textContent === SILENT) this.report('');
  }

  /** For those who listen to the page; one answer to several messages is said once. */
  announce(text) {
    if (this.announced === text) return;
    this.announced = text;
    const line = document.createElement('p');
    line.textContent = `${this.person.name}: ${text}`;
    this.view.announcer.append(line);
    if (this.view.announcer.children.length > 5) this.view.announcer.firstElementChild.remove();
  }

  changed(toEnd = false) {
    this.save();
    this.render(toEnd);
  }

  /** Rows are kept, so that focus, selection and the place in the transcript stay. */
  render(toEnd = false) {
    const { scroll, transcript: list, empty, address } = this.view;
    const atEnd = toEnd || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
    const rows = this.shown.map((entry) => this.row(entry));
    if (list.firstElementChild && list.firstElementChild !== rows[0]) list.replaceChildren();
    list.append(...rows.slice(list.children.length));
    this.fill(this.shown);
    empty.hidden = rows.length > 0;
    say(address, this.address());
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  address() {
    const { session } = this.memory;
    if (this.channel !== 'web') return `Chat ${this.person.chats[this.channel]}, through the signed webhook`;
    return session ? `Session …${session.split('.')[0].slice(-6)}, issued by the server` : 'No session yet';
  }

  row(entry) {
    if (!this.rows.has(entry)) {
      const row = copyOf('entry');
      row.querySelector('.again').addEventListener('click', () => this.sendAgain(entry));
      this.rows.set(entry, row);
    }
    return this.rows.get(entry);
  }

  /** The choices of a message, as long as nothing has come after it. */
  offer(place, choices, isLast) {
    place.hidden = !isLast || choices.length === 0;
    const offered = JSON.stringify(choices);
    if (place.hidden || place.dataset.offered === offered) return;
    place.dataset.offered = offered;
    place.replaceChildren(...choices.map((choice) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = choice.label;
      button.addEventListener('click', () => this.tap(choice));
      return button;
    }));
  }

  fill(entries) {
    let covered = 0;
    entries.forEach((entry, i) => {
      const row = this.rows.get(entry);
      const part = (selector) => row.querySelector(selector);
      const waited = Math.round((Date.now() - entry.at) / 1_000);
      const since = entry.state === 'pending' && waited >= 3 ? `${waited} s` : '';
      const shared = sharesAnswer(entry, entries[i + 1]);
      covered += 1;
      row.className = `${entry.from} ${entry.state ?? ''}`;
      say(part('.text'), entry.text);
      part('.fate').hidden = entry.from !== 'user';
      say(part('.label'), label(entry.state));
      say(part('.why'), entry.why || since);
      part('.again').hidden = entry.state !== 'unsent';
      part('.answer').hidden = !entry.answer || shared;
      say(part('.answer .text'), entry.answer ?? '');
      const several = entry.state === 'answered' ? 'one answer to' : 'for';
      say(part('.covers'), covered > 1 && !shared ? `${several} these ${covered} messages` : '');
      if (!shared) covered = 0;
      this.offer(part('.choices'), entry.choices ?? [], i === entries.length - 1);
    });
  }
}

/** What can be tapped under a message of a platform, whichever way it keeps its buttons. */
function choicesOf(line) {
  const keyboard = line.reply_markup?.inline_keyboard?.flat() ?? [];
  const inline = keyboard.map(({ text, callback_data: says }) => ({ label: text, says }));
  return inline.concat((line.buttons ?? []).map(({ label: text, data }) => ({ label: text, says: data })));
}

/** Terms and their descriptions, anew. */
function describe(list, pairs) {
  const parts = pairs.flatMap(([term, description]) => {
    const [dt, dd] = [document.createElement('dt'), document.createElement('dd')];
    dt.textContent = term;
    dd.textContent = description;
    return [dt, dd];
  });
  list.replaceChildren(...parts);
}

/** `2 at work, 1 idle` of a function's sandboxes, with what waits for one. */
function atWork(sandboxes, waiting) {
  const words = { busy: 'at work', starting: 'starting', idle: 'idle' };
  const count = (state) => sandboxes.filter((sandbox) => sandbox.state === state).length;
  const present = Object.keys(words).filter((state) => count(state) > 0);
  const counts = present.map((state) => `${count(state)} ${words[state]}`);
  if (waiting > 0) counts.push(`${waiting} waiting for a sandbox`);
  return counts.join(', ');
}

function showState(state) {
  const scripted = state.model.startsWith('scripted');
  say(byId('bot'), state.bot);
  say(byId('model'), scripted ? 'Scripted, not a real model.' : state.model);
  const advice = 'It repeats what it hears. With OPENAI_API_KEY or OPENAI_BASE_URL set, a real one answers.';
  say(byId('model-note'), scripted ? advice : '');
  const functions = [...new Set(state.sandboxes.map((sandbox) => sandbox.function))].sort();
  const of = (name) => state.sandboxes.filter((sandbox) => sandbox.function === name);
  describe(byId('sandboxes'), functions.length > 0
    ? functions.map((name) => [name, atWork(of(name), state.backlog[name])])
    : [['none', 'they start with the first message']]);
  const counts = (q) => `${q.visible} waiting, ${q.in_flight} in flight, ${q.delayed} delayed`;
  describe(byId('queues'), state.queues
    ? state.queues.queues.map((queue) => [queue.name, counts(queue)])
    : [['elsewhere', 'not counted here']]);
}

async function watchState(panes) {
  for (;;) {
    const reply = await request('/local/state');
    const known = reply.status === 200;
    if (known) {
      showState(reply.body);
      for (const pane of panes) pane.suggest(reply.body.channel);
    }
    for (const pane of panes) pane.reachable(reply.status !== 0);
    say(byId('state-problem'), known ? '' : `What is shown is old: ${complaint(reply)}.`);
    await sleep(STATE_MS);
  }
}

async function kill() {
  const reply = await request('/local/kill', { method: 'POST', body: { function: 'processor' } });
  const { killed } = reply.body;
  const none = 'No processor was at work. Send something and press while it is pending.';
  const done = killed ? `Killed ${killed} at work.` : none;
  const at = new Date().toLocaleTimeString();
  say(byId('killed'), `${at}: ${reply.status === 200 ? done : `Not killed: ${complaint(reply)}.`}`);
}

byId('kill').addEventListener('click', kill);
watchState(PEOPLE.map((person) => new Pane(person)));
