/** A conversation's lines as they are shown. Rows are kept, so that focus, selection and the place in it stay. */
import { now } from './clock.js';
import { copyOf, made, say } from './dom.js';
import { label } from './words.js';

/** Whether a message has its answer together with the next one. */
function sharesAnswer(older, newer) {
  return Boolean(older.answer && older.answerId && older.answerId === newer?.answerId && older.state === newer.state);
}

/** What can be tapped under a message of a platform, whichever way it keeps its buttons. */
export function choicesOf(line) {
  const keyboard = line.reply_markup?.inline_keyboard?.flat() ?? [];
  const inline = keyboard.map(({ text, callback_data: says }) => ({ label: text, says }));
  return inline.concat((line.buttons ?? []).map(({ label: text, data }) => ({ label: text, says: data })));
}

export class Transcript {
  constructor(list, { sendAgain, tap }) {
    Object.assign(this, { list, sendAgain, tap, rows: new Map() });
  }

  show(entries) {
    const rows = entries.map((entry) => this.row(entry));
    const { list } = this;
    if (list.firstElementChild && list.firstElementChild !== rows[0]) list.replaceChildren();
    list.append(...rows.slice(list.children.length));
    let covered = 0;
    entries.forEach((entry, i) => {
      const shared = sharesAnswer(entry, entries[i + 1]);
      covered += 1;
      this.fill(entry, shared, covered, i === entries.length - 1);
      if (!shared) covered = 0;
    });
  }

  row(entry) {
    if (!this.rows.has(entry)) {
      const row = copyOf('entry');
      row.querySelector('.again').addEventListener('click', () => this.sendAgain(entry));
      this.rows.set(entry, row);
    }
    return this.rows.get(entry);
  }

  fill(entry, shared, covered, isLast) {
    const row = this.rows.get(entry);
    const part = (selector) => row.querySelector(selector);
    const waited = Math.round((now() - entry.at) / 1_000);
    const since = entry.state === 'pending' && waited >= 3 ? `${waited} s` : '';
    const several = entry.state === 'answered' ? 'one answer to' : 'for';
    row.className = `${entry.from} ${entry.state ?? ''}`;
    say(part('.text'), entry.text || 'Voice note');
    part('.fate').hidden = entry.from !== 'user';
    say(part('.label'), label(entry.state));
    say(part('.why'), entry.why || since);
    part('.again').hidden = entry.state !== 'unsent';
    part('.answer').hidden = !entry.answer || shared;
    say(part('.answer .text'), entry.answer ?? '');
    say(part('.covers'), covered > 1 && !shared ? `${several} these ${covered} messages` : '');
    this.offer(part('.choices'), entry.choices ?? [], isLast);
  }

  /** The choices of a message, as long as nothing has come after it. */
  offer(place, choices, isLast) {
    place.hidden = !isLast || choices.length === 0;
    const offered = JSON.stringify(choices);
    if (place.hidden || place.dataset.offered === offered) return;
    place.dataset.offered = offered;
    place.replaceChildren(...choices.map((choice) => {
      const button = made('button', choice.label);
      button.type = 'button';
      button.addEventListener('click', () => this.tap(choice));
      return button;
    }));
  }
}
