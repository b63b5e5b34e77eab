/** What a person does on the page, and what must come of it. */
import assert from 'node:assert/strict';
import { Person } from './person.mjs';
import { asked, barriers, letGo, modelGoesOn, modelHolds, modelTakes, open, pictures, until } from './stack.mjs';
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
  await modelHolds();
  await ann.press('Send ten');
  await ann.says('one more');
  await ann.sees('one more', 'refused');
  await letGo();
  await ann.sees('Message 10 of 10', 'answered');
  assert.deepEqual(await ann.states(), [...Array(10).fill('answered'), 'refused']);
});

story('stop ends an answer that is being made', async (page, ann) => {
  await modelHolds();
  await ann.says('a long story');
  await atTheModel('a long story');
  await ann.press('Stop');
  await ann.sees('a long story', 'cancelled');
  assert.deepEqual(await ann.answers(), []);
});

story('a processor killed in mid-answer is told to its user and felt by nobody else', async (page, ann, ben) => {
  await modelHolds();
  await ann.says('a risky question');
  await atTheModel('a risky question');
  await page.getByRole('button', { name: /^Kill the processor/ }).click();
  await page.getByText(/^A processor was killed at its work/).waitFor();
  await modelGoesOn();
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
  await ann.says('and on');
  await ann.sees('and on', 'answered');
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
  await modelHolds();
  await ben.says('out of time');
  await atTheModel('out of time');
  await ben.isAcknowledged('out of time');
  await advance('1 hour');
  await page.getByText(/^It is .*1 h ahead of this machine/).waitFor();
  await ben.sees('out of time', 'lost');
  await modelGoesOn();
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
  // Both at once: the page may be told of more between two reads.
  const [accepted, sum] = await page.evaluate(() => ['accepted', 'sum'].map((id) => document.getElementById(id).textContent));
  const terms = [...sum.matchAll(/\d+/g)].map(Number);
  assert.equal(Number(accepted), terms.reduce((all, term) => all + term, 0));
  await page.getByText('Nothing is missing, nothing is doubled.').waitFor();
});

const button = (page, name) => page.getByRole('button', { name });
const armed = (page) => page.getByRole('list', { name: /^Armed/ });
const deeds = (page) => page.locator('#deeds li');

story('what is armed is shown on every page until it has happened, or is disarmed', async (page, ann) => {
  await button(page, 'Kill the processor').click();
  await armed(page).getByText('The next processor is killed.').waitFor();
  await button(page, 'Refuse two calls').click();
  await armed(page).getByText('The next 2 calls of the model are refused (429).').waitFor();
  const other = await open(page.context().browser());
  await armed(other).getByText('The next processor is killed.').waitFor();
  await button(other, /^Disarm: The next processor/).click();
  await armed(other).getByText('The next processor is killed.').waitFor({ state: 'detached' });
  await other.context().close();
  await page.reload();
  await armed(page).getByText('The next 2 calls').waitFor();
  assert.equal(await armed(page).getByRole('listitem').count(), 1);
  await ann.says('twice refused');
  await ann.sees('twice refused', 'answered');
  await armed(page).waitFor({ state: 'hidden' });
});

story('what was done survives a reload, and two pages tell the same', async (page, ann) => {
  await button(page, 'Slow model').click();
  await page.getByText(/^The model takes 6.0 s now/).waitFor();
  await button(page, 'Slow model').click();
  await page.getByText(/^The model takes 800 ms now/).waitFor();
  await ann.press('Stop');
  await page.getByText(/^A cancel waits in no queue/).waitFor();
  const told = async (where) => {
    await until(async () => await deeds(where).count() === 3 && !(await deeds(where).locator('.came').allTextContents()).includes(''));
    return deeds(where).allTextContents();
  };
  const before = await told(page);
  await page.reload();
  assert.deepEqual(await told(page), before);
  const other = await open(page.context().browser());
  assert.deepEqual(await told(other), before);
  await button(other, 'Clear').click();
  await deeds(other).first().waitFor({ state: 'detached' });
  await other.context().close();
  await deeds(page).first().waitFor({ state: 'detached' });
});

story('of deeds that overlap each outcome is counted once', async (page, ann, ben) => {
  await modelHolds();
  await ann.press('Send ten');
  await atTheModel('Message 1 of 10');
  await ben.press('Send ten');
  await deeds(page).nth(1).waitFor();
  await letGo();
  await ann.sees('Message 10 of 10', 'answered');
  await ben.sees('Message 10 of 10', 'answered');
  await page.getByText(/^Since then: .*nothing missing/).waitFor();
  await page.getByText(/^Until the next: .*\d+ still waiting\.$/).waitFor();
  const settled = async () => (await deeds(page).locator('.came').allTextContents())
    .flatMap((came) => [...came.matchAll(/(\d+) answered/g)]).reduce((all, [, number]) => all + Number(number), 0);
  await until(async () => await settled() === 20);
});

for (const [width, height] of [[320, 640], [768, 1024], [1360, 900], [1920, 1080]]) {
  story(`five people have room at ${width} pixels`, async (page) => {
    for (let people = 2; people < 5; people += 1) await button(page, 'Add a person').click();
    await page.locator('.pane').nth(4).waitFor();
    const rooms = await page.locator('.pane .scroll').evaluateAll((all) => all.map((room) => room.clientHeight));
    assert.equal(rooms.length, 5);
    assert.ok(Math.min(...rooms) >= 240, `${rooms}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }, { viewport: { width, height } });
}

story('a chart says what its height and width are, to the eye and to a screen reader', async (page, ann) => {
  await ann.says('draw me');
  await ann.sees('draw me', 'answered');
  const chart = page.getByRole('figure').filter({ has: page.getByRole('img', { name: /^A bar for each/ }) }).first();
  await chart.getByText(/of five minutes, newest at the right/).waitFor();
  await chart.locator('.top').getByText(/^\d[\d.]* (ms|s)$/).waitFor();
  await page.getByRole('img', { name: /from 0 to [\d.]+ (ms|s): the highest .+, the newest / }).first().waitFor();
  await page.getByRole('img', { name: /^A box for each turn/ }).waitFor();
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
