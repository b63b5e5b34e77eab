/** A story: what is done on a page, and what must come of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, untouched } from './stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** Told on a page of its own, that must not ask elsewhere, break its policy or throw. */
export function story(name, path, tell, options = {}) {
  test(name, { timeout: 120_000 }, async () => {
    await untouched();
    const page = await open(browser, path, options);
    try {
      await tell(page);
      assert.deepEqual(page.faults, []);
    } catch (error) {
      await page.screenshot({ path: `failed-${name.replace(/\W+/g, '-')}.png` });
      throw error;
    } finally {
      await page.context().close();
    }
  });
}
