/** A person on the page: what is written there, and what is read. */

export class Person {
  constructor(page, name) {
    this.page = page;
    this.pane = page.getByRole('region', { name, exact: true });
    this.box = page.getByRole('textbox', { name: `Message as ${name}` });
  }

  async says(text) {
    await this.box.fill(text);
    await this.box.press('Enter');
  }

  press(name) { return this.pane.getByRole('button', { name, exact: true }).click(); }

  /** The rows with this text of the person's. */
  wrote(text) {
    return this.pane.locator('li.user').filter({ has: this.page.getByText(text, { exact: true }) });
  }

  /** Waits until a message has this state, by the word beside it. */
  async sees(text, state) {
    await this.wrote(text).locator('.label').getByText(state, { exact: true }).waitFor();
  }

  /** Waits until a message is taken by the stack. */
  async isAcknowledged(text) { await this.wrote(text).and(this.page.locator('.pending')).waitFor(); }

  /** Waits until an answer says this. */
  async hears(text) { await this.pane.locator('.transcript').getByText(text).first().waitFor(); }

  /** Every answer, as it is read. */
  answers() { return this.pane.locator('.answer:not([hidden]) .text').allTextContents(); }

  states() { return this.pane.locator('li.user .label').allTextContents(); }
}
