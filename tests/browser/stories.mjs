/** What a person does on the page, and what must come of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Person } from './person.mjs';
import { asked, barriers, launch, modelTakes, open, pictures, until } from './stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** A story on a page of its own, that must not ask elsewhere, break the page's policy or throw. */
function story(name, tell, options = {}) {
  test(name, { timeout: 60_000 }, async () => {
    await modelTakes(0);
    const page = await open(browser, '/', options);
    page.setDefaultTimeout(40_000);
    try {
      await tell(page, new Person(page, 'Ann'), new Person(page, 'Ben'));
      assert.deepEqual(page.faults, []);
    } catch (error) {
      await page.screenshot({ path: `failed-${name.replace(/\W+/g, '-')}.png` });
      throw error;
    } finally {
      await page.context().close();
    }
  });
}

/** The request in which this was said last, while the model is at work on it. */
const atTheModel = (text) => until(async () => (await asked()).find(
  (record) => record.last_user_message.includes(text) && record.outcome === 'running',
));

story('a first answer, without reading anything', async (page, ann) => {
  const began = Date.now();
  await ann.says('hello');
  await ann.hears('[scripted model] You said: hello');
  await ann.sees('hello', 'answered');
  console.log(`    the first answer was read ${Date.now() - began} ms after it was asked for`);
});

story('two people at once are never mixed', async (page, ann, ben) => {
  await modelTakes(300);
  for (const number of [1, 2, 3]) {
    await ann.says(`apples ${number}`);
    await ben.says(`pears ${number}`);
  }
  await ann.sees('apples 3', 'answered');
  await ben.sees('pears 3', 'answered');
  assert.doesNotMatch((await ann.answers()).join(), /pears/);
  assert.doesNotMatch((await ben.answers()).join(), /apples/);
});

story('of a flood ten wait, and the next is refused and told', async (page, ann) => {
  await modelTakes(6_000);
  await ann.press('Send ten');
  await ann.says('one more');
  await ann.sees('one more', 'refused');
  await modelTakes(0);
  await ann.sees('Message 10 of 10', 'answered');
  assert.deepEqual(await ann.states(), [...Array(10).fill('answered'), 'refused']);
});

story('stop ends an answer that is being made', async (page, ann) => {
  await modelTakes(10_000);
  await ann.says('a long story');
  await atTheModel('a long story');
  await ann.press('Stop');
  await ann.sees('a long story', 'cancelled');
  assert.deepEqual(await ann.answers(), []);
});

story('a processor killed in mid-answer is told to its user and felt by nobody else', async (page, ann, ben) => {
  await modelTakes(8_000);
  await ann.says('a risky question');
  await atTheModel('a risky question');
  await page.getByRole('button', { name: /^Kill the processor/ }).click();
  await modelTakes(0);
  await ben.says('and me?');
  await ben.sees('and me?', 'answered');
  await ann.sees('a risky question', 'lost');
  assert.equal((await asked()).filter((record) => record.last_user_message.includes('a risky question')).length, 1);
});

story('a reload in mid-answer loses nothing and doubles nothing', async (page, ann) => {
  await modelTakes(3_000);
  await ann.says('remember me');
  await ann.says('and me');
  await page.reload();
  await ann.sees('remember me', 'answered');
  await ann.sees('and me', 'answered');
  assert.equal(await ann.wrote('remember me').count(), 1);
});

story('a platform is talked to by its signed webhook', async (page, ann) => {
  await page.getByRole('combobox', { name: 'Channel of Ann' }).selectOption('telegram');
  await ann.says('hello from far');
  await ann.hears('[scripted model] You said: hello from far');
});

story('Enter that ends a word of an input method sends nothing', async (page, ann) => {
  await ann.box.fill('にほんご');
  await ann.box.dispatchEvent('keydown', { key: 'Enter', isComposing: true });
  assert.equal(await ann.box.inputValue(), 'にほんご');
  await ann.box.press('Enter');
  await ann.sees('にほんご', 'answered');
});

story('right-to-left text stands on its own side', async (page, ann) => {
  await ann.says('مرحبا بك');
  await ann.sees('مرحبا بك', 'answered');
  const text = ann.wrote('مرحبا بك').locator('.text').first();
  assert.ok(await text.evaluate((element) => element.matches(':dir(rtl)')));
});

for (const colorScheme of ['light', 'dark']) {
  story(`axe-core finds no barrier on the page (${colorScheme})`, async (page, ann, ben) => {
    await ann.says('hello');
    await ann.sees('hello', 'answered');
    await modelTakes(60_000);
    await ben.says('this takes a while');
    await ben.sees('this takes a while', 'pending');
    assert.deepEqual(await barriers(page), []);
    await page.screenshot({ path: `${pictures}/page-${colorScheme}.png` });
    await ben.press('Stop');
  }, { colorScheme });
}
