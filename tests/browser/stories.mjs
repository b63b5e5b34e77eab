/** What a person does on the page, and what must come of it. */
import assert from 'node:assert/strict';
import { Person } from './person.mjs';
import { asked, barriers, modelTakes, pictures, until } from './stack.mjs';
import { story as onPage } from './story.mjs';

const story = (name, tell, options) => onPage(name, '/', (page) => tell(page, new Person(page, 'Ann'), new Person(page, 'Ben')), options);

/** The request in which this was said last, while the model is at work on it. */
const atTheModel = (text) => until(async () => (await asked()).find(
  (record) => record.last_user_message.includes(text) && record.outcome === 'running',
));

/** From then on that the page says so, the next call fails. */
async function failACall(page) {
  await page.getByRole('button', { name: 'Fail a call' }).click();
  await page.getByText(/^The next call fails/).waitFor();
}

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
  await ann.sees('hello from far', 'answered');
});

story('a platform that delivers again is answered once', async (page, ann) => {
  await page.getByRole('combobox', { name: 'Channel of Ann' }).selectOption('line');
  await ann.says('only once');
  await ann.sees('only once', 'answered');
  await ann.press('Deliver again');
  await page.getByText('The last message was delivered once more, and answered with 200').waitFor();
  assert.equal((await asked()).filter((record) => record.last_user_message.includes('only once')).length, 1);
});

story('a voice note is sent where the channel has them', async (page, ann) => {
  assert.ok(!await ann.pane.getByRole('button', { name: 'Voice note' }).isVisible());
  await page.getByRole('combobox', { name: 'Channel of Ann' }).selectOption('whatsapp');
  await ann.press('Voice note');
  await ann.sees('Voice note', 'answered');
});

story('a call that fails is told and not repeated', async (page, ann) => {
  await failACall(page);
  await ann.says('bad luck');
  await ann.sees('bad luck', 'failed');
  assert.equal((await asked()).filter((record) => record.last_user_message.includes('bad luck')).length, 1);
});

story('time passes at once: what was at work is told, what is due comes, and one goes on writing', async (page, ann, ben) => {
  const advance = (step) => page.getByRole('group', { name: 'Advance the clock' }).getByRole('button', { name: step }).click();
  await page.getByRole('combobox', { name: 'Channel of Ann' }).selectOption('telegram');
  await ann.says('/remind 2h the oven');
  await ann.hears('I will remind you');
  await modelTakes(8_000);
  await ben.says('out of time');
  await atTheModel('out of time');
  await advance('1 hour');
  await page.getByText(/^It is .*1 h ahead of this machine/).waitFor();
  await ben.sees('out of time', 'lost');
  await modelTakes(0);
  await ben.says('an hour later');
  await ben.sees('an hour later', 'answered');
  await advance('To what is due');
  await ann.hears('⏰ the oven');
  await page.getByText(/Nothing will be due/).waitFor();
  assert.equal((await asked()).filter((record) => record.last_user_message.includes('out of time')).length, 1);
  await page.getByText('Nothing is missing, nothing is doubled.').waitFor();
  await page.reload();
  await ben.says('after a reload');
  await ben.sees('after a reload', 'answered');
});

story('people come and go, and a reload keeps who is here', async (page, ann) => {
  await page.getByRole('button', { name: 'Add a person' }).click();
  const cleo = new Person(page, 'Cleo');
  await cleo.says('me too');
  await cleo.sees('me too', 'answered');
  await page.getByRole('button', { name: 'Remove Ben' }).click();
  await page.reload();
  await cleo.sees('me too', 'answered');
  assert.equal(await page.locator('.pane').count(), 2);
  await ann.says('still here');
  await ann.sees('still here', 'answered');
});

story('every acknowledged message is counted, and none is missing', async (page, ann) => {
  await ann.says('count me');
  await ann.sees('count me', 'answered');
  await page.getByRole('button', { name: 'Everybody sends ten' }).click();
  await page.getByText(/^Since then: 20 answered, nothing missing/).waitFor();
  const [accepted, sum] = [await page.locator('#accepted').textContent(), await page.locator('#sum').textContent()];
  const terms = [...sum.matchAll(/\d+/g)].map(Number);
  assert.equal(Number(accepted), terms.reduce((all, term) => all + term, 0));
  await page.getByText('Nothing is missing, nothing is doubled.').waitFor();
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
    await failACall(page);
    await ann.says('and now?');
    await ann.sees('and now?', 'failed');
    await page.getByText(/^Since then: 1 failed/).waitFor();
    await modelTakes(60_000);
    await ben.says('this takes a while');
    await ben.sees('this takes a while', 'pending');
    await page.getByText(/\+ 1 waiting/).first().waitFor();
    assert.deepEqual(await barriers(page), []);
    await page.screenshot({ path: `${pictures}/page-${colorScheme}.png` });
    await ben.press('Stop');
  }, { colorScheme });
}
