/** What is armed and has not happened yet, as the stack knows it. */
import { byId, made } from './dom.js';
import { waits } from './words.js';

/** Shows it. `disarm`: hears of what is to be taken back. Anew only where it has changed, so that focus stays. */
export function showArmed(all, disarm) {
  const list = byId('armed');
  byId('waits').hidden = all.length === 0;
  const told = JSON.stringify(all);
  if (list.dataset.told === told) return;
  list.dataset.told = told;
  list.replaceChildren(...all.map(({ armed, times }) => line(armed, waits(armed, times), disarm)));
}

function line(armed, sentence, disarm) {
  const item = made('li');
  const button = made('button', 'Disarm');
  button.type = 'button';
  button.setAttribute('aria-label', `Disarm: ${sentence}`);
  button.addEventListener('click', () => disarm(armed));
  item.append(made('span', `${sentence}.`), button);
  return item;
}
