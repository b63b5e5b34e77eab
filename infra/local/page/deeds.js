/** The log of what was done to the stack, as the stack keeps it, and what came of each deed. */
import { byId, made, say } from './dom.js';
import { label, sentence } from './words.js';

const lines = new Map();

/** Shows the deeds of a look, the newest first. Lines are kept, so that only what is new is read out. */
export function showDeeds({ state, ledger }) {
  const { deeds } = state;
  // A stack that was started anew counts from one again.
  const known = new Map(deeds.map(({ id, at_ms: at }) => [id, String(at)]));
  for (const [id, line] of lines) {
    if (known.get(id) === line.dataset.at) continue;
    line.remove();
    lines.delete(id);
  }
  for (const deed of deeds.filter(({ id }) => !lines.has(id))) {
    lines.set(deed.id, made('li'));
    fill(lines.get(deed.id), deed, state);
    byId('deeds').prepend(lines.get(deed.id));
  }
  byId('no-deeds').hidden = deeds.length > 0;
  byId('counting').hidden = deeds.length === 0;
  // What was there when the page came is not read out.
  byId('log').setAttribute('aria-live', 'polite');
  const newest = deeds.at(-1)?.id;
  for (const since of ledger?.since ?? []) {
    const line = lines.get(since.deed);
    if (line) say(line.querySelector('.came'), since.deed === newest ? sinceThen(since, ledger) : untilTheNext(since));
  }
}

function fill(line, deed, state) {
  const came = made('p', '', 'came');
  came.setAttribute('aria-live', 'off');
  line.dataset.at = deed.at_ms;
  line.append(made('time', new Date(deed.at_ms).toLocaleTimeString()), made('p', sentence(deed, state)), came);
}

const named = (outcomes) => Object.entries(outcomes).map(([name, number]) => `${number} ${label(name)}`).join(', ')
  || 'no message has been settled';

function sinceThen({ outcomes, waiting }, { missing }) {
  const still = waiting > 0 ? `, ${waiting} waiting` : '';
  return `Since then: ${named(outcomes)}${still}, ${missing === 0 ? 'nothing' : missing} missing.`;
}

const untilTheNext = ({ outcomes, waiting }) => `Until the next: ${named(outcomes)}${waiting > 0 ? `, ${waiting} still waiting` : ''}.`;
