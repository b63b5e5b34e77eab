/** One person on the page: their conversation as it is shown and led. */
import { Conversation } from './conversation.js';
import { byId, copyOf, made, say } from './dom.js';
import { Transcript } from './row.js';
import { SILENT } from './words.js';

const PARTS = ['scroll', 'empty', 'address', 'problem', 'result', 'announcer', 'composer', 'voice'];

export class Pane {
  constructor(person, { left, did }) {
    Object.assign(this, { person, left, conversation: new Conversation(person, this, did) });
    this.build();
    this.listen();
    byId('panes').append(this.view.root);
    this.changed();
    this.conversation.resume();
    this.conversation.watch();
  }

  build() {
    const { name } = this.person;
    const root = copyOf('pane');
    const find = (selector) => root.querySelector(selector);
    this.view = { root, find, text: find('textarea'), channels: find('select') };
    for (const part of PARTS) this.view[part] = find(`.${part}`);
    root.setAttribute('aria-label', name);
    say(find('h2'), name);
    say(find('.channels .unseen'), `Channel of ${name}`);
    say(find('.composer .unseen'), `Message as ${name}`);
    find('.leave').setAttribute('aria-label', `Remove ${name}`);
    this.view.text.placeholder = `Message as ${name}`;
    this.view.scroll.setAttribute('aria-label', `Conversation of ${name}`);
    this.view.announcer.setAttribute('aria-label', `New answers for ${name}`);
    this.view.channels.value = this.conversation.channel;
    this.view.text.value = this.conversation.memory.draft;
  }

  listen() {
    const { conversation, view: { find, text, channels, composer } } = this;
    const press = (selector, action) => find(selector).addEventListener('click', () => {
      this.tell('');
      action();
    });
    channels.addEventListener('change', () => this.choose(channels.value));
    text.addEventListener('input', () => conversation.keep(text.value));
    text.addEventListener('keydown', (event) => this.typed(event));
    composer.addEventListener('submit', (event) => this.submitted(event));
    press('.stop', () => conversation.stop());
    press('.ten', () => {
      conversation.did('ten');
      conversation.sendTen();
    });
    press('.voice', () => conversation.speak());
    press('.redeliver', () => conversation.redeliver());
    press('.leave', () => this.leave());
    const withFocus = (action) => (what) => {
      text.focus();
      this.tell('');
      action(what);
    };
    const tap = withFocus((choice) => conversation.tap(choice));
    const sendAgain = withFocus((entry) => conversation.sendAgain(entry));
    this.transcript = new Transcript(find('.transcript'), { tap, sendAgain });
  }

  /** The bot's own channel, until the person has chosen one. */
  suggest(channel) {
    if (this.conversation.memory.channel || !(channel in this.conversation.places)) return;
    this.view.channels.value = channel;
    this.choose(channel);
  }

  choose(channel) {
    this.report('');
    this.tell('');
    this.conversation.choose(channel);
  }

  leave() {
    this.conversation.isHere = false;
    this.view.root.remove();
    this.left(this);
  }

  /** Enter sends, unless it ends a word in an input method (229: browsers that end it first). */
  typed(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.view.composer.requestSubmit();
  }

  submitted(event) {
    event.preventDefault();
    const { text } = this.view;
    const said = text.value.trim();
    text.focus();
    if (!said) return;
    text.value = '';
    this.conversation.memory.draft = '';
    this.tell('');
    this.conversation.send({ text: said });
  }

  /** What is wrong. */
  report(text) { say(this.view.problem, text); }

  /** What came of a press. */
  tell(text) { say(this.view.result, text); }

  /** Says that the stack is silent, and takes it back, but nothing else. */
  reachable(answers) {
    if (!answers) this.report(SILENT);
    else if (this.view.problem.textContent === SILENT) this.report('');
  }

  /** For those who listen to the page; one answer to several messages is said once. */
  announce(text) {
    if (this.announced === text) return;
    this.announced = text;
    this.view.announcer.append(made('p', `${this.person.name}: ${text}`));
    if (this.view.announcer.children.length > 5) this.view.announcer.firstElementChild.remove();
  }

  changed(toEnd = false) {
    const { conversation, view: { scroll, empty, address, voice } } = this;
    const atEnd = toEnd || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
    this.transcript.show(conversation.shown);
    empty.hidden = conversation.shown.length > 0;
    voice.hidden = conversation.channel === 'web';
    say(address, conversation.place.address);
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  }
}
