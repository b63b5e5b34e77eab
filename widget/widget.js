/**
 * The web chat widget: one script tag, nothing else. docs/widget.md says what can be set.
 *
 *     <script src="https://HOST/widget.js" data-api="https://API" data-title="Ask us" defer></script>
 *
 * One file, so that it can be served from anywhere; no inline style, so that a strict content-security policy stays as it is.
 */
(() => {
  const here = document.currentScript;
  const set = { ...here?.dataset };
  const API = (set.api ?? new URL(here?.src ?? location.href).origin).replace(/\/+$/, '');
  const LINES_KEPT = 100;
  const [POLL_MS, POLL_SLOW_MS, POLL_TOLD_MS, PAUSE_MAX_MS, GIVE_UP_MS] = [400, 2_000, 10_000, 15_000, 20_000];
  /** Longer than a request may take. */
  const BEGINNING_MS = GIVE_UP_MS + 5_000;
  /** What a person says is asked for: so often, so often where it is told that there is news, and while nobody looks not at all. */
  const [PERSON_MS, PERSON_TOLD_MS, IDLE_MS] = [5_000, 30_000, 600_000];
  /** Lines that stand in the box, or will. */
  const NOT_SAID = new Set(['too-long', 'taken-back']);
  /** As wide as where the style gives the panel the whole screen. */
  const SMALL = matchMedia('(max-width: 30rem)');

  const WORDS = {
    en: {
      title: 'Chat', placeholder: 'Write a message', send: 'Send', stop: 'Stop', opens: 'Open the chat', closes: 'Close the chat',
      typing: 'An answer is being written', offline: 'No connection. What you write is sent when it is back.', you: 'You',
      refused: 'Not taken', cancelled: 'Stopped', again: 'Send again', unsent: 'Not sent', conversation: 'Conversation',
      person: 'A person', forgotten: 'Forgotten by the server',
      tooLong: 'Too long. Shorten it and send it again.',
    },
    'zh-hant': {
      title: '聊天', placeholder: '輸入訊息', send: '傳送', stop: '停止', opens: '開啟聊天', closes: '關閉聊天',
      typing: '正在撰寫回覆', offline: '沒有連線。恢復後會送出您所寫的內容。', you: '您',
      refused: '未接受', cancelled: '已停止', again: '再次傳送', unsent: '未送出', conversation: '對話',
      person: '專人', forgotten: '伺服器已不認得這則訊息', tooLong: '太長了。請縮短後再傳送。',
    },
    'zh-hans': {
      title: '聊天', placeholder: '输入消息', send: '发送', stop: '停止', opens: '打开聊天', closes: '关闭聊天',
      typing: '正在撰写回复', offline: '没有连接。恢复后会发送您所写的内容。', you: '您',
      refused: '未接受', cancelled: '已停止', again: '再次发送', unsent: '未发送', conversation: '对话',
      person: '人工', forgotten: '服务器已不认得这条消息', tooLong: '太长了。请缩短后再发送。',
    },
    ja: {
      title: 'チャット', placeholder: 'メッセージを入力', send: '送信', stop: '停止', opens: 'チャットを開く', closes: 'チャットを閉じる',
      typing: '回答を作成しています', offline: '接続がありません。復旧したら送信します。', you: 'あなた',
      refused: '受け付けられませんでした', cancelled: '停止しました', again: '再送信', unsent: '未送信', conversation: '会話',
      person: '担当者', forgotten: 'サーバーに記録がありません',
      tooLong: '長すぎます。短くして、もう一度送信してください。',
    },
  };

  /** As a tag, whatever a page calls it: one that is none could not stand in a request. */
  const LANGUAGE = (set.lang || document.documentElement.lang || navigator.language || 'en').replace(/[^a-z\d]+/gi, '-');

  function words(language) {
    const tag = language.toLowerCase();
    const isTraditional = /^zh-(hant|tw|hk|mo)/.test(tag);
    const name = tag.startsWith('zh') ? (isTraditional ? 'zh-hant' : 'zh-hans') : tag.split('-')[0];
    const given = Object.fromEntries(Object.keys(WORDS.en).filter((key) => set[key]).map((key) => [key, set[key]]));
    return { ...(WORDS[name] ?? WORDS.en), ...given };
  }
  const SAYS = words(LANGUAGE);

  const STYLE = `
    :host {
      --accent: var(--turnwise-accent, #1f4fbf); --on-accent: var(--turnwise-on-accent, #ffffff);
      --ground: var(--turnwise-ground, #ffffff); --ink: var(--turnwise-ink, #1a1d23);
      --quiet: var(--turnwise-quiet, #525b6b); --line: var(--turnwise-line, #7a8394);
      --mine: var(--turnwise-mine, #dfe8fb); --theirs: var(--turnwise-theirs, #eceef2);
      --radius: var(--turnwise-radius, 1rem); --inset: var(--turnwise-inset, 1.25rem);
      position: fixed; inset-block-end: var(--inset); inset-inline-end: var(--inset); z-index: var(--turnwise-z, 2147483000);
      font: var(--turnwise-font, 16px/1.5 system-ui, sans-serif); color: var(--ink); color-scheme: light dark;
    }
    @media (prefers-color-scheme: dark) {
      :host {
        --accent: var(--turnwise-accent-dark, var(--turnwise-accent, #8fb2ff)); --on-accent: var(--turnwise-on-accent-dark, var(--turnwise-on-accent, #0f1a33));
        --ground: var(--turnwise-ground-dark, #1c1f25); --ink: var(--turnwise-ink-dark, #e8eaef);
        --quiet: var(--turnwise-quiet-dark, #a9b2c1); --line: var(--turnwise-line-dark, #7d8798);
        --mine: var(--turnwise-mine-dark, #263a63); --theirs: var(--turnwise-theirs-dark, #2a2e37);
      }
    }
    * { box-sizing: border-box; margin: 0; }
    [hidden] { display: none !important; }
    button, textarea { font: inherit; color: inherit; }
    button { cursor: pointer; border-radius: calc(var(--radius) / 2); border: 1px solid var(--line); background: var(--ground); padding: .35rem .8rem; min-height: 2.5rem; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .launcher { display: grid; place-items: center; width: 3.5rem; height: 3.5rem; padding: 0; border: 2px solid transparent; border-radius: 50%; background: var(--accent); color: var(--on-accent); box-shadow: 0 4px 16px rgb(0 0 0 / .3); }
    .launcher svg { width: 1.75rem; height: 1.75rem; fill: currentColor; }
    .panel { display: flex; flex-direction: column; width: min(24rem, calc(100vw - 2 * var(--inset))); height: min(36rem, calc(100dvh - 2 * var(--inset))); background: var(--ground); border: 1px solid var(--line); border-radius: var(--radius); overflow: hidden; box-shadow: 0 8px 32px rgb(0 0 0 / .3); }
    header { display: flex; align-items: center; justify-content: space-between; gap: .5rem; padding-block: .5rem; padding-inline: 1rem .5rem; background: var(--accent); color: var(--on-accent); border-block-end: 1px solid transparent; }
    h2 { font-size: 1rem; overflow-wrap: anywhere; }
    .close { border: 0; background: none; color: inherit; font-size: 1.5rem; line-height: 1; min-width: 2.5rem; padding: 0; }
    .close:focus-visible { outline-color: var(--on-accent); outline-offset: -3px; }
    .log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 1rem; display: flex; flex-direction: column; gap: .5rem; }
    .log:focus-visible { outline-offset: -3px; }
    .line { max-width: 88%; align-self: flex-start; }
    .line.user { align-self: flex-end; text-align: end; }
    /* Where colours are the user's own, an edge that is not seen elsewhere says whose line it is, and where it ends. */
    .text { display: inline-block; border: 1px solid transparent; text-align: start; padding: .5rem .8rem; border-radius: var(--radius); background: var(--theirs); white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
    .user .text { background: var(--mine); }
    .fate { font-size: .8rem; color: var(--quiet); }
    .choices { display: flex; flex-wrap: wrap; gap: .4rem; }
    .choices button { border-radius: 1.25rem; border-color: var(--accent); }
    .typing { padding: 0 1rem .25rem; font-size: .85rem; color: var(--quiet); min-height: 1.6rem; }
    .warning { padding: .4rem 1rem; font-size: .85rem; background: var(--theirs); }
    .warning:empty { padding: 0; }
    form { display: flex; align-items: flex-end; gap: .5rem; padding: .75rem; border-top: 1px solid var(--line); }
    label { flex: 1; min-width: 0; display: flex; }
    textarea { flex: 1; min-width: 0; min-height: 2.5rem; max-height: 8rem; resize: none; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: calc(var(--radius) / 2); background: var(--ground); }
    textarea::placeholder { color: var(--quiet); opacity: 1; }
    .send { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (prefers-reduced-motion: no-preference) {
      .typing::after { content: "…"; animation: waiting 1.2s ease-in-out infinite alternate; }
      .panel { animation: rise .15s ease-out; }
      @keyframes waiting { from { opacity: 1; } to { opacity: .2; } }
      @keyframes rise { from { transform: translateY(.5rem); opacity: 0; } }
    }
    .typing:empty::after { content: none; }
    @media (max-width: 30rem) {
      :host(.is-open) { inset: 0; }
      .panel { width: 100%; height: 100%; border: 0; border-radius: 0; }
    }
  `;

  /** Elements, one by one: a page may forbid that text becomes markup. */
  function made(tag, attributes = {}, ...children) {
    const element = document.createElementNS(tag === 'svg' || tag === 'path' ? 'http://www.w3.org/2000/svg' : 'http://www.w3.org/1999/xhtml', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const BUBBLE = 'M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z';
  const button = (className, ...children) => made('button', { type: 'button', class: className }, ...children);

  function shell() {
    const launcher = button('launcher', made('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, made('path', { d: BUBBLE })));
    launcher.setAttribute('aria-controls', 'panel');
    const text = made('textarea', { rows: 1, dir: 'auto', enterkeyhint: 'send' });
    const panel = made(
      'section', { class: 'panel', id: 'panel', role: 'dialog', 'aria-labelledby': 'title' },
      made('header', {}, made('h2', { id: 'title' }), button('close', '×')),
      made('div', { class: 'log', role: 'log', 'aria-live': 'polite', tabindex: 0 }),
      made('p', { class: 'typing', role: 'status' }),
      made('p', { class: 'warning', role: 'status' }),
      made('form', {}, made('label', {}, made('span', { class: 'unseen' }), text), button('stop'), made('button', { class: 'send' })),
    );
    return [launcher, panel];
  }

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /** Of a moment: sent twice, it is still one message. */
  function messageId(atMs) {
    const time = atMs.toString(16).padStart(12, '0');
    const bytes = crypto.getRandomValues(new Uint8Array(10));
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-a${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
  }

  /**
   * What a reload must not lose. `data-remember="tab"`: for this tab only.
   *
   * Several tabs write it: a line is known by its `id`, stands at its `place`, and of two versions the one with more
   * `changes` counts. What a line says of its sending is at `messageId`.
   */
  class Memory {
    constructor() {
      this.key = `turnwise widget ${API}`;
      Object.assign(this, { session: null, heardUpTo: null, heard: [], aheadMs: 0, isOpen: null, lines: [] });
      try {
        this.store = set.remember === 'tab' ? sessionStorage : localStorage;
      } catch { /* A browser that keeps nothing: until the page is left. */ }
      Object.assign(this, this.stored());
    }

    stored() {
      try {
        return JSON.parse(this.store?.getItem(this.key)) ?? {};
      } catch {
        return {}; // What cannot be read is begun anew.
      }
    }

    /** Takes in what another tab has written. A line stays the object that it is: it may be on its way. */
    refresh() {
      if (this.isFull) return;
      const { lines = [], isOpen, ...rest } = this.stored();
      Object.assign(this, rest);
      for (const line of lines) {
        const own = this.line(line.id);
        if (!own) this.lines.push(line);
        else if (line.changes > own.changes) Object.assign(own, line);
      }
      this.lines.sort((a, b) => a.place - b.place || (a.id < b.id ? -1 : 1));
    }

    /** Writes this down, beside what other tabs have written. */
    keep(what = {}) {
      this.refresh();
      Object.assign(this, what);
      this.lines.splice(0, this.lines.length - LINES_KEPT);
      const { session, heardUpTo, heard, aheadMs, isOpen, lines } = this;
      try {
        this.store?.setItem(this.key, JSON.stringify({ session, heardUpTo, heard, aheadMs, isOpen, lines }));
        this.isFull = false;
      } catch {
        this.isFull = true; // What is shown is still right.
      }
    }

    line(id) { return this.lines.find((line) => line.id === id); }

    /** One more line, after all others; one that is there is not added again. */
    add(line) {
      this.refresh();
      if (this.line(line.id)) return;
      this.lines.push({ ...line, place: (this.lines.at(-1)?.place ?? 0) + 1, changes: 0 });
      this.keep();
    }

    change(line, what) {
      Object.assign(line, what, { changes: line.changes + 1 });
      this.keep();
    }
  }

  /**
   * Which tab begins the conversation. IndexedDB lets one tab after the other look and write; what another tab has written to
   * the storage, a tab may see too late, behind a lock too. What a tab held when it was closed lapses.
   */
  class Beginning {
    constructor(name) { Object.assign(this, { name, token: null }); }

    /**
     * The session that another tab was just given; without one it is this tab that begins, unless another is at it: none is where
     * this one has the lock. `lost`: no longer a session.
     */
    async look(lost, hasLock) {
      const { session } = await this.change((held) => {
        const restMs = held.untilMs - Date.now();
        // Longer than twice the time: the clock was set back, and nobody waits for as long.
        const isHeld = restMs > 0 && restMs < 2 * BEGINNING_MS && (held.session ? held.session !== lost : !hasLock);
        this.token = isHeld ? null : Math.random();
        return isHeld ? held : { token: this.token, untilMs: Date.now() + BEGINNING_MS };
      });
      return session;
    }

    /** With a session for all, or without one: then another may begin. A tab that slept for too long changes nothing. */
    async end(session) {
      const { token } = this;
      if (token === null) return;
      this.token = null;
      await this.change((held) => (held.token === token ? { token, session, untilMs: session ? Date.now() + BEGINNING_MS : 0 } : held));
      sleep(BEGINNING_MS).then(() => this.change((held) => (held.token === token ? {} : held)));
    }

    /** Where the browser keeps nothing, each tab begins for itself. */
    change(next) {
      return new Promise((resolve, reject) => {
        const opening = indexedDB.open(this.name);
        opening.onupgradeneeded = () => opening.result.createObjectStore('beginning');
        opening.onerror = reject;
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('beginning', 'readwrite');
          const store = transaction.objectStore('beginning');
          let held = {};
          store.get(0).onsuccess = ({ target }) => {
            held = next(target.result ?? held);
            store.put(held, 0);
          };
          transaction.onabort = reject;
          transaction.oncomplete = () => {
            opening.result.close();
            resolve(held);
          };
        };
      }).catch(() => next({}));
    }
  }

  /**
   * Hears by WebSocket that there is news; what it is, is asked for. Where there is no connection, the widget asks more
   * often, and nothing is lost.
   */
  class Ear {
    /** `isTold`: this connection has brought news, so it can be relied on. */
    constructor(hear) { Object.assign(this, { hear, isTold: false, pause: 1_000, openedAt: null }); }

    /** Listens for this session from now on. */
    listen(session) {
      if (!set.socket || this.session === session) return;
      this.session = session;
      this.socket?.close();
      if (!this.socket && session) this.connect();
    }

    connect() {
      let socket;
      try {
        const address = new URL(set.socket, `${API}/`);
        address.protocol = address.protocol.replace('http', 'ws');
        socket = new WebSocket(address);
      } catch {
        return; // No such address, or none that this page may use: it asks instead.
      }
      Object.assign(this, { socket, openedAt: null });
      socket.onopen = () => {
        socket.send(JSON.stringify({ session: this.session }));
        this.openedAt = performance.now();
      };
      socket.onmessage = () => {
        Object.assign(this, { isTold: true, pause: 1_000 });
        this.hear();
      };
      socket.onclose = () => this.closed();
    }

    /** Comes back, later each time, unless the connection was good for something: it brought news, or stood a minute. */
    async closed() {
      this.isTold = false;
      if (this.openedAt !== null && performance.now() - this.openedAt > 60_000) this.pause = 1_000;
      await sleep(this.pause);
      this.pause = Math.min(this.pause * 2, PAUSE_MAX_MS * 4);
      this.socket = null;
      if (this.session) this.connect();
    }
  }

  /** The talk with the server. Who the user is, only the server says: by the session that it issues. */
  class Talk {
    constructor(memory, changed) {
      Object.assign(this, { memory, changed, isConnected: true, requests: Promise.resolve(), onTheWay: new Set(), lastMs: 0 });
      Object.assign(this, { asleep: new Set(), wakes: 0, news: 0, lost: null, beginning: new Beginning(memory.key) });
      this.ear = new Ear(() => {
        this.news += 1;
        this.wake();
      });
      addEventListener('online', () => this.wake());
      document.addEventListener('visibilitychange', () => {
        this.changed();
        this.wake();
      });
      this.resume();
      this.watch();
    }

    async ask(path, { method = 'GET', body, headers = {} } = {}) {
      headers = { 'Accept-Language': LANGUAGE, ...headers };
      const { session } = this.memory;
      if (session) headers.Authorization = `Bearer ${session}`;
      if (body) headers['Content-Type'] = 'application/json';
      let reply = { status: 0, body: {} };
      try {
        const signal = AbortSignal.timeout(GIVE_UP_MS);
        const response = await fetch(API + path, { method, headers, body: body && JSON.stringify(body), signal, credentials: 'omit' });
        reply = { status: response.status, body: await response.json() };
      } catch { /* Nobody answered, or not to the end. */ }
      const isConnected = reply.status > 0;
      if (isConnected !== this.isConnected) {
        this.isConnected = isConnected;
        this.changed();
      }
      if (reply.status === 401 && session && session === this.memory.session) {
        this.lost = session;
        this.memory.keep({ session: null });
      }
      return reply;
    }

    /** A pause that news, or the return of the network, ends: at once if that came since there were so many `wakes`. */
    pause(ms, wakes) {
      if (this.wakes !== wakes) return undefined;
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          this.asleep.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        this.asleep.add(end);
      });
    }

    wake() {
      this.wakes += 1;
      for (const end of this.asleep) end();
    }

    get now() { return Date.now() + this.memory.aheadMs; }

    /** This device's clock is wrong: from now on it goes by the server's. */
    goBy(serverMs) {
      this.lastMs = 0;
      this.memory.keep({ aheadMs: serverMs - Date.now() });
    }

    stamp() {
      this.lastMs = Math.max(this.now, this.lastMs + 1);
      return messageId(this.lastMs);
    }

    /** `says`: what is sent, where that is not for people. */
    say(text, says = text) {
      const id = this.stamp();
      this.memory.add({ from: 'user', text, says, state: 'sending', id, messageId: id });
      this.changed();
      this.deliver(this.memory.line(id));
    }

    /** Sends what is written and not sent: by this tab, or by one that was left. */
    resume() {
      for (const line of this.memory.lines.filter(({ state }) => state === 'sending')) this.deliver(line);
    }

    /** One after the other, and each until the server has it: messages arrive in the order they were written. */
    deliver(line) {
      if (this.onTheWay.has(line)) return;
      this.onTheWay.add(line);
      this.requests = this.requests.then(async () => {
        for (let pause = 1_000; ; pause = Math.min(pause * 2, PAUSE_MAX_MS)) {
          const { wakes } = this;
          if (await this.alone(() => line.state !== 'sending' || this.post(line))) break;
          await this.pause(pause, wakes);
        }
        this.onTheWay.delete(line);
        this.changed();
        this.wake();
      });
    }

    /** One tab after the other, so that none gives a line a new id that another has sent; a page without TLS has no locks. */
    alone(action) {
      const fresh = () => {
        this.memory.refresh();
        return action();
      };
      return this.memory.store && navigator.locks ? navigator.locks.request(this.memory.key, fresh) : fresh();
    }

    /** Waits until there is a session, or this tab is the one that gets it. */
    async begin() {
      if (!this.memory.store || set.remember === 'tab') return;
      while (!this.memory.session) {
        const session = await this.beginning.look(this.lost, Boolean(navigator.locks));
        if (session) this.memory.keep({ session });
        else if (this.beginning.token !== null) return;
        else await sleep(POLL_MS);
        this.memory.refresh();
      }
    }

    /**
     * Whether there is nothing more to try. The same id goes along each time, so that it is taken once; when the server
     * finds it too old it gets another, unless an earlier try may have arrived: then the user decides.
     */
    async post(line, isCorrected = false) {
      await this.begin();
      const had = this.memory.session;
      const { isTried = false } = line;
      const isOffline = !navigator.onLine;
      this.memory.change(line, { isTried: true });
      const body = { message: line.says ?? line.text, message_id: line.messageId, language: LANGUAGE };
      const { status, body: said } = await this.ask('/api/chat', { method: 'POST', body, headers: { Prefer: 'respond-async' } });
      this.memory.refresh();
      // One that slept for too long leaves the conversation that another tab has begun.
      if (said.session_id && (had || !this.memory.session)) this.memory.keep({ session: said.session_id });
      await this.beginning.end(said.session_id);
      const mayHaveArrived = isTried || status >= 500 || (status === 0 && !isOffline);
      if (status === 0 || status >= 500 || (status === 429 && !said.outcome)) {
        this.memory.change(line, { isTried: mayHaveArrived });
        return false;
      }
      this.memory.change(line, { isTried });
      if (status === 401 && had) return this.post(line);
      if (said.error === 'clock') {
        this.goBy(said.now_ms);
        this.memory.change(line, { messageId: this.stamp(), isTried: false });
        if (!isTried && !isCorrected) return this.post(line, true);
        this.memory.change(line, { state: 'unsent' });
        return true;
      }
      if (said.status === 'pending') this.memory.change(line, { state: 'pending', url: said.status_url });
      else if (said.outcome) this.settle(line, said);
      else if (said.success) this.settle(line, { ...said, outcome: 'command' });
      else if (status === 413) this.giveBack(line);
      else this.memory.change(line, { state: 'unsent' });
      return true;
    }

    /** What is too long: to this tab if it is looked at, and if not, to the one that is next. */
    giveBack(line) {
      // Shown before it is written down, for then every tab would take it.
      line.state = 'too-long';
      this.changed();
      this.memory.change(line, {});
    }

    /** Several messages may have one answer: it is shown once, where the first of them is seen to have it. */
    settle(line, { outcome, response, buttons = [], answer_id: answer = line.id }) {
      this.memory.change(line, { state: outcome });
      const id = `${answer} ${outcome}`;
      if (response && outcome !== 'cancelled') this.memory.add({ from: 'bot', id, text: response, choices: buttons });
      this.changed();
    }

    get pending() { return this.memory.lines.filter((line) => line.state === 'pending'); }

    get isLookedAt() { return Boolean(this.memory.isOpen && document.visibilityState === 'visible' && this.memory.session); }

    /** Asks for what is pending, quickly at first; and, where the chat is looked at, for what a person says in the bot's place. */
    async watch() {
      let [asked, heardAt, known] = [0, -Infinity, 0];
      for (;;) {
        const { pending, wakes, news } = this;
        asked = pending.length > 0 ? asked + 1 : 0;
        const settled = await this.look(pending);
        // A connection that did not tell of this may be gone, and not know it.
        if (settled > 0 && this.news === known) this.ear.isTold = false;
        if (settled === 0 && news !== known) heardAt = -Infinity;
        known = news;
        if (this.isLookedAt && this.nextHearing(heardAt) <= 0) {
          heardAt = performance.now();
          await this.hear();
        }
        this.ear.listen(this.memory.session);
        await this.pause(this.restMs(asked, heardAt), wakes);
      }
    }

    nextHearing(heardAt) { return heardAt + (this.ear.isTold ? PERSON_TOLD_MS : PERSON_MS) - performance.now(); }

    /** Until it asks again: long where it is told and all it asked was answered, and short at first where it is not. */
    restMs(asked, heardAt) {
      const unheard = this.isLookedAt ? Math.max(this.nextHearing(heardAt), 0) : IDLE_MS;
      if (this.pending.length === 0) return unheard;
      if (this.ear.isTold && this.isSure) return Math.min(POLL_TOLD_MS, unheard);
      return this.isConnected && asked < 25 ? POLL_MS : POLL_SLOW_MS;
    }

    /**
     * How many have an outcome now. Asks for the newest first: when that has one, so have all before it. What comes of it is
     * shown from the oldest on, and nothing behind one of which nobody knows.
     */
    async look(pending) {
      const replies = [];
      let settled = 0;
      this.isSure = false;
      for (const line of [...pending].reverse()) replies.unshift([line, await this.ask(line.url)]);
      for (const [line, { status, body }] of replies) {
        line.unknown = status === 404 ? (line.unknown ?? 0) + 1 : 0;
        if (body.status === 'settled') {
          settled += 1;
          this.settle(line, body);
        } else if (status === 401 || line.unknown > 3) {
          this.memory.change(line, { state: 'forgotten' });
          this.changed();
        } else if (body.status !== 'pending') return settled;
      }
      this.isSure = true;
      return settled;
    }

    /** What a person said since then, page by page. What was said just now comes again, for another word may be late. */
    async hear() {
      // A place between two pages is not kept: behind it a late word may still come.
      let { heardUpTo: after } = this.memory;
      for (let isMore = true; isMore;) {
        const { status, body } = await this.ask(`/api/chat/messages${after ? `?after=${encodeURIComponent(after)}` : ''}`);
        if (status !== 200) return;
        const { messages = [], next = messages.at(-1)?.id ?? after } = body;
        isMore = (body.more ?? false) && next !== after;
        this.memory.refresh();
        const heard = new Set(this.memory.heard);
        for (const { id, text } of messages) {
          if (!heard.has(id)) this.memory.add({ from: 'person', id, text });
          heard.add(id);
        }
        after = next;
        this.memory.keep(isMore ? { heard: [...heard] } : { heardUpTo: next, heard: [...heard].filter((id) => id > next) });
        this.changed();
      }
    }

    /** Past the queue: what was sent before is stopped, what comes after is not. */
    stop() { return this.ask('/api/chat/cancel', { method: 'POST' }); }
  }

  class Chat extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: 'open' });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
      root.append(...shell());
      const find = (selector) => root.querySelector(selector);
      this.view = { text: find('textarea'), form: find('form') };
      for (const part of ['launcher', 'panel', 'close', 'log', 'typing', 'warning', 'stop', 'send']) this.view[part] = find(`.${part}`);
      Object.assign(this, { rows: new Map(), behind: [] });
      this.greeting = set.greeting ? [{ from: 'bot', text: set.greeting }] : [];
      this.name();
      this.listen();
      this.memory = new Memory();
      this.talk = new Talk(this.memory, () => this.render());
      addEventListener('storage', ({ key }) => { if (key === this.memory.key) this.another(); });
      SMALL.addEventListener('change', () => this.confine());
      this.show(this.memory.isOpen ?? set.open === 'yes');
      this.render();
    }

    name() {
      const { view } = this;
      const find = (selector) => this.shadowRoot.querySelector(selector);
      this.lang = LANGUAGE;
      find('h2').textContent = SAYS.title;
      find('.unseen').textContent = SAYS.placeholder;
      Object.assign(view.text, { placeholder: SAYS.placeholder });
      view.launcher.setAttribute('aria-label', SAYS.opens);
      view.close.setAttribute('aria-label', SAYS.closes);
      view.log.setAttribute('aria-label', SAYS.conversation);
      view.send.textContent = SAYS.send;
      view.stop.textContent = SAYS.stop;
    }

    listen() {
      const { launcher, close, panel, text, form, stop } = this.view;
      launcher.addEventListener('click', () => this.open());
      close.addEventListener('click', () => this.close());
      panel.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !event.isComposing) this.close(); });
      text.addEventListener('keydown', (event) => {
        // 229: browsers that end a composition before they tell of its last key.
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        form.requestSubmit();
      });
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        const said = text.value.trim();
        text.value = '';
        text.focus();
        this.isTooLong = false;
        if (said) this.talk.say(said);
      });
      stop.addEventListener('click', () => {
        this.talk.stop();
        text.focus();
      });
    }

    /** Opens the chat and goes there. For pages: `document.querySelector('turnwise-chat').open()`. */
    open() {
      this.show(true);
      this.remember();
      this.view.text.focus();
    }

    /** Closes it and goes back to its button. */
    close() {
      this.show(false);
      this.remember();
      this.view.launcher.focus();
    }

    remember() {
      this.memory.keep({ isOpen: !this.view.panel.hidden });
    }

    show(isOpen) {
      const { panel, launcher, log } = this.view;
      panel.hidden = !isOpen;
      launcher.hidden = isOpen;
      launcher.setAttribute('aria-expanded', String(isOpen));
      this.classList.toggle('is-open', isOpen);
      this.memory.isOpen = isOpen;
      log.scrollTop = log.scrollHeight;
      this.confine();
      this.talk.wake();
    }

    disconnectedCallback() { this.release(); }

    /** Where the chat has the whole screen, nothing behind it can be reached. */
    confine() {
      const isAll = this.memory.isOpen && SMALL.matches;
      this.view.panel.setAttribute('aria-modal', String(isAll));
      this.release();
      if (isAll) this.behind = [...this.parentElement.children].filter((other) => other !== this && !other.inert);
      for (const other of this.behind) other.inert = true;
    }

    release() {
      for (const other of this.behind) other.inert = false;
      this.behind = [];
    }

    /** Another tab has gone on with the conversation. That it tries in vain wakes nobody: two would wake each other. */
    another() {
      const before = this.talk.pending.length;
      this.memory.refresh();
      if (navigator.locks) this.talk.resume();
      this.render();
      if (this.talk.pending.length !== before) this.talk.wake();
    }

    /** Lines that are there stay, so that only what is new is read out, and once. */
    render() {
      const { log, typing, warning, stop, text } = this.view;
      this.takeBack();
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
      const lines = [...this.greeting, ...this.memory.lines.filter(({ state }) => !NOT_SAID.has(state))];
      lines.forEach((line, i) => this.line(line, i === lines.length - 1));
      this.inOrder(lines);
      const isPending = this.talk.pending.length > 0;
      const says = isPending ? SAYS.typing : '';
      if (typing.textContent !== says) typing.textContent = says;
      // Who stands on a button that goes would stand nowhere.
      if (!isPending && this.shadowRoot.activeElement === stop) text.focus();
      stop.hidden = !isPending;
      const warns = !this.talk.isConnected ? SAYS.offline : this.isTooLong ? SAYS.tooLong : '';
      if (warning.textContent !== warns) warning.textContent = warns;
      if (atEnd) log.scrollTop = log.scrollHeight;
    }

    /** What is too long is put back into the box of the tab that is looked at, before what was written since. */
    takeBack() {
      const back = document.visibilityState === 'visible' ? this.memory.lines.filter(({ state }) => state === 'too-long') : [];
      if (back.length === 0) return;
      const { text } = this.view;
      text.value = [...back.map((line) => line.text), text.value].filter(Boolean).join('\n');
      this.isTooLong = true;
      for (const line of back) this.memory.change(line, { state: 'taken-back', text: '', says: '' });
    }

    /**
     * Puts rows where they belong: another tab may know of lines in between, or of none of these any more. What stands
     * where it should is not touched, so that it is not read out again.
     */
    inOrder(lines) {
      const { log } = this.view;
      const shown = new Set(lines);
      for (const [line, row] of this.rows) {
        if (shown.has(line)) continue;
        row.remove();
        this.rows.delete(line);
      }
      let next = null;
      for (const line of lines.toReversed()) {
        const row = this.rows.get(line);
        if (row.parentNode !== log || row.nextSibling !== next) log.insertBefore(row, next);
        next = row;
      }
    }

    line(line, isLast) {
      if (!this.rows.has(line)) {
        const text = made('p', { class: 'text', dir: 'auto' }, line.text);
        const speaker = { user: SAYS.you, person: SAYS.person }[line.from];
        const named = speaker ? [made('span', { class: 'unseen' }, `${speaker}: `)] : [];
        const parts = [...named, text, made('p', { class: 'fate' }), made('div', { class: 'choices' })];
        this.rows.set(line, made('div', { class: `line ${line.from}` }, ...parts));
      }
      const row = this.rows.get(line);
      const fate = { refused: SAYS.refused, cancelled: SAYS.cancelled, forgotten: SAYS.forgotten, unsent: SAYS.unsent }[line.state] ?? '';
      const shown = row.querySelector('.fate');
      if (shown.textContent !== fate) shown.textContent = fate;
      const choices = line.state === 'unsent' ? [{ label: SAYS.again }] : (isLast && line.choices) || [];
      this.offer(row.querySelector('.choices'), choices, line);
    }

    /** What can be tapped: what was offered last, or to send once more. */
    offer(place, choices, line) {
      const offered = JSON.stringify(choices);
      if (place.dataset.offered === offered) return;
      place.dataset.offered = offered;
      place.replaceChildren(...choices.map(({ label, says }) => {
        const choice = button('', label);
        choice.addEventListener('click', () => {
          this.view.text.focus();
          if (says) return this.talk.say(label, says);
          this.memory.change(line, { state: 'sending' });
          this.render();
          return this.talk.deliver(line);
        });
        return choice;
      }));
    }
  }

  customElements.define('turnwise-chat', Chat);
  const begin = () => document.body.append(document.createElement('turnwise-chat'));
  if (document.body) begin();
  else addEventListener('DOMContentLoaded', begin);
})();
