/** The web widget on a page of its own, and on pages of other origins. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { again, asked, barriers, letGo, modelGoesOn, modelHolds, modelTakes, passes, person, pictures, until, url } from './stack.mjs';
import { story } from './story.mjs';

const ENGLISH = { opens: 'Open the chat', box: 'Write a message', log: 'Conversation' };
const JAPANESE = { opens: 'チャットを開く', box: 'メッセージを入力', log: '会話' };

/** The widget as its user meets it: by names and roles, through its shadow. */
class Widget {
  constructor(page, names = ENGLISH) {
    this.page = page;
    this.opens = names.opens;
    this.box = page.getByRole('textbox', { name: names.box });
    this.log = page.getByRole('log', { name: names.log });
  }

  open() { return this.page.getByRole('button', { name: this.opens }).click(); }

  async says(text) {
    await this.box.fill(text);
    await this.box.press('Enter');
  }

  hears(text) { return this.log.getByText(text, { exact: true }).waitFor(); }

  /** Says something and waits for the answer. The message's request id. */
  async asks(text) {
    const sent = this.page.waitForResponse((response) => response.url().endsWith('/api/chat') && response.ok());
    await this.says(text);
    const { request_id: requestId } = await (await sent).json();
    await this.hears(`[scripted model] You said: ${text}`);
    return requestId;
  }

  /** What is read, from top to bottom. */
  lines() { return this.log.locator('.text').allTextContents(); }

  press(name) { return this.page.getByRole('button', { name, exact: true }).click(); }
}

const widgetStory = (name, tell, options) => story(name, '/widget', (page) => tell(new Widget(page), page), options);

widgetStory('the widget answers, with the keyboard alone, and keeps the conversation', async (widget, page) => {
  await page.getByRole('button', { name: 'Open the chat' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await widget.hears('[scripted model] You said: hello');
  await page.reload();
  await widget.hears('[scripted model] You said: hello');
  await widget.box.focus();
  await page.keyboard.press('Escape');
  const focused = await page.evaluate(() => document.activeElement.shadowRoot.activeElement.getAttribute('aria-label'));
  assert.equal(focused, 'Open the chat');
});

widgetStory('it says that an answer is being written, and stops it', async (widget, page) => {
  await modelHolds();
  await widget.open();
  await widget.says('a long story');
  await page.getByText('An answer is being written').waitFor();
  await widget.press('Stop');
  await widget.hears('Stopped');
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor({ state: 'hidden' });
});

widgetStory('what is written without a network is sent when it is back, once', async (widget, page) => {
  await widget.open();
  await page.context().setOffline(true);
  await widget.says('from the tunnel');
  await page.getByText('No connection. What you write is sent when it is back.').waitFor();
  await page.context().setOffline(false);
  await widget.hears('[scripted model] You said: from the tunnel');
  await widget.says('and on');
  await widget.hears('[scripted model] You said: and on');
  assert.equal(await widget.log.getByText('You said: from the tunnel').count(), 1);
});

widgetStory('on a device whose clock is wrong it goes by the time that the server tells', async (widget, page) => {
  for (const time of ['2020-02-02', '2040-02-02']) {
    await page.clock.setSystemTime(new Date(time));
    await page.reload();
    if (time === '2020-02-02') await widget.open();
    await widget.says(`it is ${time}`);
    await widget.hears(`[scripted model] You said: it is ${time}`);
    assert.equal(await widget.log.getByText(`You said: it is ${time}`).count(), 1);
  }
});

widgetStory('what was taken and whose reply was lost is answered once, however late it is sent again', async (widget, page) => {
  await widget.open();
  await widget.says('hello');
  await widget.hears('[scripted model] You said: hello');
  await page.route('**/api/chat', async (route) => {
    await route.fetch();
    await page.clock.setSystemTime(Date.now() + 270_000);
    await route.abort();
  }, { times: 1 });
  await widget.says('a lost reply');
  await widget.hears('[scripted model] You said: a lost reply');
  await widget.says('and on');
  await widget.hears('[scripted model] You said: and on');
  assert.equal((await asked()).filter((record) => record.last_user_message.includes('a lost reply')).length, 1);
});

widgetStory('the same answer to two messages is shown twice, and one answer to two once', async (widget) => {
  const answers = (text) => widget.log.getByText(`[scripted model] You said: ${text}`).count();
  await widget.open();
  await widget.says('again');
  await widget.hears('[scripted model] You said: again');
  await widget.says('again');
  await until(async () => await answers('again') === 2);
  await modelHolds();
  for (const text of ['number one', 'number two', 'number three']) {
    const taken = widget.page.waitForResponse((response) => response.url().endsWith('/api/chat') && response.ok());
    await widget.says(text);
    await taken;
    await until(async () => (await asked()).some((record) => record.last_user_message.includes('number one')));
  }
  await letGo();
  await widget.log.locator('.line.bot').getByText('number three').waitFor();
  await widget.page.getByText('An answer is being written').waitFor({ state: 'hidden' });
  assert.equal(await widget.log.locator('.line.bot').count(), 5);
});

widgetStory('two tabs are one conversation, and neither loses a line', async (widget, page) => {
  const second = await page.context().newPage();
  await second.goto(page.url());
  const other = new Widget(second);
  await widget.open();
  await other.open();
  await Promise.all([widget.says('from the first'), other.says('from the second')]);
  for (const tab of [widget, other]) {
    await tab.hears('from the first');
    await tab.hears('from the second');
    // In one answer or in two.
    for (const said of ['from the first', 'from the second']) await tab.log.getByText(new RegExp(`You said: .*${said}`)).first().waitFor();
    await tab.page.getByText('An answer is being written').waitFor({ state: 'hidden' });
  }
  await page.context().setOffline(true);
  await widget.says('from the tunnel');
  await other.hears('from the tunnel');
  await page.context().setOffline(false);
  for (const tab of [widget, other]) await tab.hears('[scripted model] You said: from the tunnel');
  await page.reload();
  await widget.hears('[scripted model] You said: from the tunnel');
  await until(async () => (await widget.lines()).join('\n') === (await other.lines()).join('\n'));
  const texts = await widget.lines();
  assert.equal(texts.filter((text) => text === 'from the first' || text === 'from the second').length, 2);
});

/** A wait, and what ends it. */
function held() {
  let goesOn;
  const waits = new Promise((end) => { goesOn = end; });
  return { waits, goesOn };
}

/** The stack at an address without TLS: pages at that of this machine have all that they have with TLS. */
const PLAIN = 'http://plain.test';

async function plainly(context) {
  await context.routeWebSocket('**/socket', (socket) => socket.close());
  await context.route(`${PLAIN}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: `${url}${pathname}${search}` }) });
  });
}

widgetStory('two new tabs on a page without TLS are one conversation, and one that was closed keeps no other from it', async (widget, page) => {
  const context = page.context();
  await plainly(context);
  await context.clock.install();
  const [gone, other] = [new Widget(await context.newPage()), new Widget(await context.newPage())];
  await Promise.all([gone, widget, other].map((tab) => tab.page.goto(`${PLAIN}/widget`)));
  await Promise.all([gone, widget, other].map((tab) => tab.open()));
  assert.equal(await widget.page.evaluate(() => navigator.locks), undefined);
  const posted = [];
  const { waits, goesOn } = held();
  await context.route(`${PLAIN}/api/chat`, async (route) => {
    const { message } = route.request().postDataJSON();
    posted.push([message, Boolean(route.request().headers().authorization)]);
    if (message === 'from the one that goes') return undefined; // Its tab is closed before it is answered.
    if (message === 'from the first') await waits;
    return route.fallback();
  });
  await gone.says('from the one that goes');
  await until(() => posted.length === 1);
  await gone.page.close();
  await widget.says('from the first');
  await context.clock.runFor(30_000);
  await until(() => posted.length > 1);
  await other.says('from the second');
  await other.hears('from the second');
  goesOn();
  await until(() => posted.some(([message]) => message === 'from the second'));
  // The first may have been tried again: the clock went on faster than its request.
  assert.ok(posted.every(([message, hasSession]) => hasSession || message !== 'from the second'), JSON.stringify(posted));
  for (const tab of [widget, other]) {
    for (const said of ['first', 'second']) await tab.log.getByText(new RegExp(`You said: .*from the ${said}`)).first().waitFor();
  }
  await context.unrouteAll({ behavior: 'ignoreErrors' });
  page.faults = page.faults.filter((fault) => !fault.includes(PLAIN));
});

widgetStory('a server that has forgotten a message is told of as that, and not as if it had not been sent', async (widget, page) => {
  await page.route('**/api/chat/web.*', (route) => route.fulfill({ status: 404, json: { success: false } }));
  await widget.open();
  await widget.says('who was I?');
  await widget.hears('Forgotten by the server');
});

/** The page's WebSocket connections, and how often it asks for an outcome. */
function overheard(page) {
  const heard = { news: 0, asked: 0 };
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => { heard.news += payload === '{"news":true}' ? 1 : 0; });
  });
  page.on('request', (request) => { heard.asked += /\/api\/chat\/web\./.test(request.url()) ? 1 : 0; });
  return heard;
}

/** Says something until the page is told of news: what came before it listened, it is not told again. */
const isTold = (widget, heard, text) => again(async (number) => {
  Object.assign(heard, { news: 0, asked: 0 });
  await widget.asks(`${text} ${number}`);
}, () => heard.news > 0);

/** A person says something until the page shows it. */
const isShown = (widget, requestId, text) => again(
  () => person(requestId, 'say', { text }),
  async () => await widget.log.getByText(text, { exact: true }).count() > 0,
);

widgetStory('it is told that there is news, and asks then', async (widget, page) => {
  const heard = overheard(page);
  await widget.open();
  await isTold(widget, heard, 'who are you');
  // From then on it relies on being told, however long it takes.
  await modelTakes(3_000);
  await isTold(widget, heard, 'and now');
  assert.ok(heard.asked <= 4, `it asked ${heard.asked} times`);
});

widgetStory('without a connection it asks, and loses nothing', async (widget, page) => {
  await page.routeWebSocket('**/socket', (socket) => socket.close());
  await page.reload();
  await widget.open();
  await widget.says('can you hear me?');
  await widget.hears('[scripted model] You said: can you hear me?');
});

widgetStory('a person\'s words are there when they are said', async (widget, page) => {
  const heard = overheard(page);
  await page.clock.install();
  await page.reload();
  await widget.open();
  const requestId = await widget.asks('hello');
  await isTold(widget, heard, 'is anybody there');
  // From here on no timer of the page runs: what it learns, it is told.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 10_000));
  await person(requestId, 'takeover', { person: 'Eve' });
  // The news of the takeover may bring the first word along.
  for (const text of ['I am Eve.', 'Ask me.']) await isShown(widget, requestId, text);
  await widget.hears('A person will answer you from here on.');
});

widgetStory('a connection that ends as a gateway ends it is opened again, and what was said meanwhile is read', async (widget, page) => {
  const connections = [];
  page.on('websocket', (socket) => connections.push(socket));
  await page.reload();
  await widget.open();
  const requestId = await widget.asks('hello');
  await until(() => connections.length >= 1);
  const before = connections.length;
  await passes(3 * 3_600_000);
  await person(requestId, 'takeover', { person: 'Eve' });
  await until(() => connections.length > before);
  await person(requestId, 'say', { text: 'I am Eve.' });
  await widget.hears('I am Eve.');
  assert.equal(await widget.log.getByText('I am Eve.').count(), 1);
});

widgetStory('a long absence loses no word of a person, and shows none twice', async (widget, page) => {
  await widget.open();
  const requestId = await widget.asks('hello');
  await person(requestId, 'takeover', { person: 'Eve' });
  await widget.hears('A person will answer you from here on.');
  await page.goto('about:blank');
  const words = Array.from({ length: 50 }, (_, number) => `word ${number}`);
  for (const text of words) await person(requestId, 'say', { text });
  await page.goto(`${url}/widget`);
  await widget.hears(words.at(-1));
  // Asked once more, it is told the same once more.
  await page.goto('about:blank');
  const read = page.waitForResponse((response) => response.url().includes('/api/chat/messages'));
  await page.goto(`${url}/widget`);
  await (await read).finished();
  await widget.hears(words.at(-1));
  assert.deepEqual((await widget.lines()).slice(-words.length), words);
});

widgetStory('a page that could not be read is read from where everything was read', async (widget, page) => {
  const asked = [];
  await page.route('**/api/chat/messages*', async (route) => {
    asked.push(new URL(route.request().url()).searchParams.get('after'));
    if (asked.length === 2) return route.abort();
    const more = { success: true, messages: [], next: '9.AAAAAAAAAAA', more: true };
    return asked.length === 1 ? route.fulfill({ json: more }) : route.continue();
  });
  await widget.open();
  await widget.says('hello');
  await widget.hears('[scripted model] You said: hello');
  await until(() => asked.length >= 2);
  await page.reload();
  await until(() => asked.length >= 3);
  assert.deepEqual(asked.slice(0, 3), [null, '9.AAAAAAAAAAA', null]);
});

widgetStory('while nobody looks at it and nothing is pending, it asks for nothing', async (widget, page) => {
  await page.clock.install();
  await page.reload();
  await widget.open();
  await widget.says('hello');
  await widget.hears('[scripted model] You said: hello');
  await widget.press('Close the chat');
  let asks = 0;
  page.on('request', (request) => { asks += request.url().includes('/api/chat') ? 1 : 0; });
  for (let minute = 0; minute < 5; minute += 1) await page.clock.runFor(60_000);
  assert.ok(asks <= 1, `it asked ${asks} times; what was on its way when it was closed is one`);
  const again = page.waitForRequest((request) => request.url().includes('/api/chat/messages'));
  await widget.open();
  await again;
});

/** From now on this tab is looked at, or another stands before it; a browser without a screen hides none. How often it asked since then. */
const isLookedAt = (page, isIt) => page.evaluate((isIt) => {
  const asked = window.asked?.length ?? 0;
  window.unobserved ??= window.fetch;
  window.asked = [];
  window.fetch = (address, options) => {
    window.asked.push(address);
    return window.unobserved(address, options);
  };
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (isIt ? 'visible' : 'hidden') });
  document.dispatchEvent(new Event('visibilitychange'));
  return asked;
}, isIt);

widgetStory('in a tab that is not looked at an answer is asked for, also without a connection, and then nothing', async (widget, page) => {
  await page.routeWebSocket('**/socket', (socket) => socket.close());
  await page.clock.install();
  await page.reload();
  await widget.open();
  await isLookedAt(page, false);
  await widget.says('hello');
  await widget.hears('[scripted model] You said: hello');
  await isLookedAt(page, false);
  for (let minute = 0; minute < 5; minute += 1) await page.clock.runFor(60_000);
  const again = page.waitForRequest((request) => request.url().includes('/api/chat/messages'));
  assert.equal(await isLookedAt(page, true), 0);
  await again;
});

widgetStory('news that comes while nobody looks is read when somebody does', async (widget, page) => {
  const heard = overheard(page);
  await widget.open();
  const requestId = await widget.asks('hello');
  await person(requestId, 'takeover', { person: 'Eve' });
  // As soon as the connection stands, it is told of one of these.
  await again(() => person(requestId, 'say', { text: 'Hello?' }), () => heard.news > 0);
  await isLookedAt(page, false);
  const known = heard.news;
  await again(() => person(requestId, 'say', { text: 'I am Eve.' }), () => heard.news > known);
  assert.equal(await isLookedAt(page, true), 0);
  await widget.log.getByText('I am Eve.').first().waitFor();
});

widgetStory('without an answer it tries again after pauses that grow, and at once when the network is back', async (widget, page) => {
  // News would wake it before its pause is over.
  await page.routeWebSocket('**/socket', (socket) => socket.close());
  await page.clock.install();
  await page.reload();
  await widget.open();
  // From here on it goes by the stack's clock, however far that was advanced.
  await widget.says('hello');
  await widget.hears('[scripted model] You said: hello');
  let tries = 0;
  let isBroken = true;
  await page.route('**/api/chat', (route) => {
    tries += 1;
    return isBroken ? route.abort() : route.continue();
  });
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 10_000));
  await widget.says('is anybody there?');
  await until(() => tries === 1);
  // 1, 2 and 4 seconds: no fewer steps of the page's clock bring it there.
  let seconds = 0;
  await until(async () => {
    await page.clock.runFor(1_000);
    seconds += 1;
    return tries >= 4;
  });
  assert.ok(seconds >= 7, `the fourth try came after ${seconds} s`);
  isBroken = false;
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await until(() => tries === 5);
  await page.clock.resume();
  await widget.hears('[scripted model] You said: is anybody there?');
});

widgetStory('a choice stands in its own words, and asks once more', async (widget) => {
  await modelHolds();
  await widget.open();
  await widget.says('a question in vain');
  await until(async () => (await asked()).some((record) => record.last_user_message.includes('a question in vain')));
  await passes(180_000);
  await modelGoesOn();
  const choice = widget.log.locator('.choices button');
  await choice.waitFor();
  const label = await choice.textContent();
  await choice.click();
  await widget.hears('[scripted model] You said: a question in vain');
  assert.ok(!(await widget.lines()).some((line) => line.startsWith('/')), (await widget.lines()).join('\n'));
  assert.ok((await widget.lines()).includes(label));
});

widgetStory('no answer is shown before those it came after', async (widget, page) => {
  await modelHolds();
  await widget.open();
  const sent = page.waitForResponse((response) => response.url().endsWith('/api/chat') && response.ok());
  await widget.says('first');
  const { status_url: first } = await (await sent).json();
  await until(async () => (await asked()).some((record) => record.last_user_message === 'first'));
  let isBroken = true;
  await page.route(`**${first}`, (route) => (isBroken ? route.abort() : route.continue()));
  const settled = page.waitForResponse(async (response) => (await response.text()).includes('You said: second'));
  await widget.says('second');
  await letGo();
  await settled;
  await page.getByText('No connection.').waitFor();
  assert.deepEqual((await widget.lines()).slice(1), ['first', 'second']);
  isBroken = false;
  await widget.hears('[scripted model] You said: second');
  const answers = ['first', 'second'].map((said) => `[scripted model] You said: ${said}`);
  assert.deepEqual((await widget.lines()).slice(1), ['first', 'second', ...answers]);
});

widgetStory('two tabs are one conversation, and each line is read out once', async (widget, page) => {
  const second = await page.context().newPage();
  await second.goto(`${url}/widget`);
  const other = new Widget(second);
  await Promise.all([widget.open(), other.open()]);
  // What is put into the log is what a screen reader reads out.
  await second.evaluate(() => {
    window.readOut = [];
    const log = document.querySelector('turnwise-chat').shadowRoot.querySelector('.log');
    const put = (changes) => changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.matches?.('.line'));
    new MutationObserver((changes) => window.readOut.push(...put(changes).map((row) => row.querySelector('.text').textContent)))
      .observe(log, { childList: true, subtree: true });
  });
  await widget.says('from one');
  await other.hears('[scripted model] You said: from one');
  await modelTakes(1_000);
  await Promise.all([widget.says('again from one'), other.says('and from the other')]);
  // Whichever came first, and in one answer or in two.
  for (const tab of [widget, other]) {
    for (const said of ['again from one', 'and from the other']) {
      await tab.log.getByText(new RegExp(`You said: .*${said}`)).first().waitFor();
    }
  }
  await until(async () => (await other.lines()).join('\n') === (await widget.lines()).join('\n'));
  assert.deepEqual(await second.evaluate(() => window.readOut.toSorted()), (await other.lines()).slice(1).toSorted());
});

widgetStory('at 320 pixels, and at four times the size, all of it is on the screen', async (widget, page) => {
  await widget.open();
  await widget.says(`https://example.org/${'a'.repeat(200)} 這是一段很長的中文文字用來測試換行是否正確`);
  await widget.log.getByText('[scripted model] You said: https').waitFor();
  await modelHolds();
  await widget.says('and then?');
  await page.getByText('An answer is being written').waitFor();
  for (const part of [widget.box, widget.log.locator('.text').nth(1), ...['Stop', 'Send', 'Close the chat'].map((name) => page.getByRole('button', { name, exact: true }))]) {
    const { x, width } = await part.boundingBox();
    assert.ok(x >= 0 && x + width <= 320, `${part} from ${x} to ${x + width}`);
  }
  assert.ok(await widget.log.evaluate((log) => log.scrollWidth <= log.clientWidth));
  await widget.press('Stop');
}, { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 });

widgetStory('where colours are the user\'s own, everything has an edge', async (widget, page) => {
  const edge = (part) => part.evaluate((element) => getComputedStyle(element).borderTopColor);
  const none = 'rgba(0, 0, 0, 0)';
  assert.notEqual(await edge(page.getByRole('button', { name: 'Open the chat' })), none);
  await widget.open();
  await widget.says('hello');
  await widget.hears('[scripted model] You said: hello');
  for (const text of await widget.log.locator('.text').all()) assert.notEqual(await edge(text), none);
}, { forcedColors: 'active' });

widgetStory('who stands on the stop button when it goes stands in the text', async (widget, page) => {
  await modelHolds();
  await widget.open();
  await widget.says('a short story');
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  await stop.waitFor();
  await stop.focus();
  await letGo();
  await widget.hears('[scripted model] You said: a short story');
  await until(() => widget.box.evaluate((box) => box.getRootNode().activeElement === box));
});

widgetStory('a word that an input method is still composing is not sent', async (widget, page) => {
  await widget.open();
  const keyboard = await page.context().newCDPSession(page);
  await keyboard.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await page.keyboard.press('Enter');
  assert.equal((await widget.box.inputValue()).trim(), 'にほん');
  assert.equal((await widget.lines()).length, 1);
  await widget.says('日本');
  await widget.hears('[scripted model] You said: 日本');
});

widgetStory('on a page from right to left it stands at the left, and what the user says too', async (widget, page) => {
  await page.route('**/widget', async (route) => {
    const page = await route.fetch();
    await route.fulfill({ response: page, body: (await page.text()).replace('lang="en"', 'lang="ar" dir="rtl"') });
  });
  await page.reload();
  await widget.open();
  await widget.says('مرحبا بك');
  await widget.hears('[scripted model] You said: مرحبا بك');
  const [dialog, said, heard] = await Promise.all([
    page.getByRole('dialog'), widget.log.getByText('مرحبا بك', { exact: true }), widget.log.getByText('You said'),
  ].map((part) => part.boundingBox()));
  assert.ok(dialog.x < 100, `the dialog begins at ${dialog.x}`);
  assert.ok(said.x < heard.x, `the user's line begins at ${said.x}, the bot's at ${heard.x}`);
});

widgetStory('it speaks the language of its page, writes from right to left, and waits for an input method', async (widget, page) => {
  await page.route('**/widget', async (route) => {
    const page = await route.fetch();
    await route.fulfill({ response: page, body: (await page.text()).replace('lang="en"', 'lang="ja"') });
  });
  await page.reload();
  await page.getByRole('button', { name: 'チャットを開く' }).click();
  const box = page.getByRole('textbox', { name: 'メッセージを入力' });
  await box.fill('にほんご');
  await box.dispatchEvent('keydown', { key: 'Enter', isComposing: true });
  assert.equal(await box.inputValue(), 'にほんご');
  await box.fill('مرحبا بك');
  await box.press('Enter');
  const said = page.getByText('مرحبا بك', { exact: true });
  assert.ok(await said.evaluate((element) => element.matches(':dir(rtl)')));
});

/** The widget in a language of its own, on a page and in a browser of another. */
async function inJapanese(page) {
  await page.route('**/widget', async (route) => {
    const page = await route.fetch();
    await route.fulfill({ response: page, body: (await page.text()).replace('data-socket', 'data-lang="ja" data-socket') });
  });
  await page.reload();
  const widget = new Widget(page, JAPANESE);
  await widget.open();
  return widget;
}

widgetStory('whatever it asks, it asks in its own language, and is answered in it', async (_, page) => {
  const languages = [];
  page.on('request', (request) => { if (request.url().includes('/api/')) languages.push(request.headers()['accept-language']); });
  const widget = await inJapanese(page);
  const requestId = await widget.asks('こんにちは');
  await person(requestId, 'takeover', { person: 'Eve' });
  const outcome = page.waitForResponse(async (response) => (await response.text()).includes('"handed-over"'));
  await widget.says('どなたですか');
  assert.equal((await (await outcome).json()).response, 'ここからは担当者がお答えします。');
  assert.deepEqual([...new Set(languages)], ['ja']);
});

widgetStory('what is too long stands in its box again, before what was written since', async (_, page) => {
  const widget = await inJapanese(page);
  const long = 'あ'.repeat(9_000);
  const { waits, goesOn } = held();
  await page.route('**/api/chat', async (route) => {
    await waits;
    await route.continue();
  });
  await widget.says(long);
  await widget.box.fill('では');
  goesOn();
  await page.getByText('長すぎます。短くして、もう一度送信してください。').waitFor();
  assert.equal(await widget.box.inputValue(), `${long}\nでは`);
  assert.equal((await widget.lines()).length, 1);
  await widget.says('では');
  await widget.hears('[scripted model] You said: では');
  assert.equal(await page.getByText('長すぎます。').count(), 0);
});

widgetStory('a page can have it open, until its user closes it', async (widget, page) => {
  await page.route('**/widget', async (route) => {
    const page = await route.fetch();
    await route.fulfill({ response: page, body: (await page.text()).replace('data-socket', 'data-open="yes" data-socket') });
  });
  await page.reload();
  await widget.press('Close the chat');
  await page.reload();
  await widget.open();
});

widgetStory('on a telephone it has the whole screen', async (widget, page) => {
  await widget.open();
  const { width, height } = await page.getByRole('dialog', { name: 'Ask us' }).boundingBox();
  assert.deepEqual([width, height], [360, 640]);
  const isBehind = () => page.locator('main').evaluate((main) => main.inert);
  assert.ok(await isBehind());
  await widget.press('Close the chat');
  assert.ok(!await isBehind());
}, { viewport: { width: 360, height: 640 }, reducedMotion: 'reduce' });

widgetStory('with reduced motion nothing moves', async (widget, page) => {
  await widget.open();
  const moving = await page.evaluate(() => document.querySelector('turnwise-chat').shadowRoot.getAnimations().length);
  assert.equal(moving, 0);
}, { reducedMotion: 'reduce' });

for (const colorScheme of ['light', 'dark']) {
  widgetStory(`axe-core finds no barrier in the widget (${colorScheme})`, async (widget, page) => {
    await widget.open();
    await widget.says('hello');
    await widget.hears('[scripted model] You said: hello');
    await modelHolds();
    await widget.says('and then?');
    await page.getByText('An answer is being written').waitFor();
    assert.deepEqual(await barriers(page), []);
    await page.screenshot({ path: `${pictures}/widget-${colorScheme}.png` });
    await widget.press('Stop');
  }, { colorScheme, reducedMotion: 'reduce' });
}

/** A page elsewhere that has the widget: on the port that the stack allows, or on another. */
async function elsewhere(port, tell) {
  const text = `<!doctype html><html lang="en"><title>A shop</title><body><main><h1>A shop</h1></main><script src="${url}/widget.js"></script>`;
  const server = createServer((_, reply) => reply.setHeader('content-type', 'text/html').end(text));
  await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
  try {
    await tell(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

widgetStory('a page of an origin that is named may talk to the bot', (widget, page) => elsewhere(new URL(process.env.ALLOWED).port, async (shop) => {
  await page.goto(shop);
  await widget.open();
  await widget.says('from the shop');
  await widget.hears('[scripted model] You said: from the shop');
  page.faults = page.faults.filter((fault) => !fault.includes(shop));
}));

widgetStory('a page of any other origin may not', (widget, page) => elsewhere(0, async (shop) => {
  await page.goto(shop);
  await widget.open();
  await widget.says('from nowhere');
  await page.getByText('No connection.').waitFor();
  page.faults = page.faults.filter((fault) => !fault.includes(shop));
}));
