/** The stack and the browser, as the stories need them. */
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

export const url = process.env.STACK_URL;
export const pictures = process.env.PICTURES;

const answers = async (path, body) => {
  const options = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  const text = await response.text();
  return text && JSON.parse(text);
};

const { endpoints } = await answers(`${url}/local/state`);
const model = endpoints.model.replace(/\/v1$/, '');

/** How long the scripted model takes for an answer, from now on. */
export const modelTakes = (delayMs) => answers(`${model}/control/default`, { delay_ms: delayMs });

/** From now on the scripted model does nothing with what it is asked, until it is let go. */
export const modelHolds = () => answers(`${model}/control/rules`, [{ held: true }]);
export const letGo = () => answers(`${model}/control/let-go`, {});

/** From now on the model answers at once: what it holds, and what it is asked. */
export async function modelGoesOn() {
  await letGo();
  await answers(`${model}/control/rules`, []);
  await modelTakes(0);
}

/** Nothing that an earlier story has said waits or rings, and nobody is at work on it. */
async function isQuiet() {
  const { mailboxes } = await answers(`${url}/local/ledger`);
  const { queues, sandboxes } = await answers(`${url}/local/state`);
  const inOrder = queues.queues.filter(({ name }) => name.endsWith('.fifo'));
  return mailboxes.length === 0
    && inOrder.every((queue) => queue.visible + queue.in_flight === 0)
    && sandboxes.every(({ function: name, state }) => name !== 'processor' || state === 'idle');
}

/** Nothing was done to the stack, nothing is armed, and nothing of an earlier story goes on. */
export async function untouched() {
  await modelGoesOn();
  const { armed } = await answers(`${url}/local/state`);
  for (const waits of armed) await answers(`${url}/local/disarm`, waits.armed);
  await until(isQuiet);
  await fetch(`${url}/local/deeds`, { method: 'DELETE' });
}

/** What the scripted model was asked, and what became of it. */
export const asked = () => answers(`${model}/control/journal`);

/** What a person does in the bot's place: `takeover`, `say`, `release`. */
export async function person(requestId, does, body) {
  const { secrets } = await answers(`${url}/local/state`);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secrets.OWNER_TOKEN}` };
  const path = `${url}/api/owner/conversations/${requestId}/${does}`;
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
}

/** Time passes at once in the whole stack. */
export const passes = (ms) => answers(`${url}/local/clock`, { by_ms: ms });

/** Waits for a fact: as often as it takes, and no longer than the test may run. */
export async function until(fact) {
  for (;;) {
    const found = await fact();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Does something until it has shown, and then no more: nobody is told twice of news. */
export async function again(act, hasShown) {
  for (let tries = 1; tries <= 10; tries += 1) {
    await act(tries);
    for (let looks = 0; looks < 40; looks += 1) {
      if (await hasShown()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('done ten times, and it has not shown');
}

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});

/** A browser of its own, with nothing in its memory. What must not happen in any test is written down. */
export async function open(browser, path = '/', options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, locale: 'en-GB', ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(`uncaught: ${error.message}`));
  page.on('console', (line) => {
    if (/Content.Security.Policy/i.test(line.text())) page.faults.push(line.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) page.faults.push(`asked elsewhere: ${request.url()}`);
  });
  await page.goto(`${url}${path}`);
  // The page's buttons stand there before anybody listens to them; its people do not.
  if (path === '/') await page.locator('.pane').first().waitFor();
  return page;
}

const axe = await readFile(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** What axe-core finds wrong, as sentences. */
export async function barriers(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.help}: ${node.html} ${node.failureSummary}`));
}
