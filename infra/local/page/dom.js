/** The page's elements. */

export const byId = (id) => document.getElementById(id);
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Imported, not cloned: only so does `dir="auto"` follow a text that is set later. */
export const copyOf = (template) => document.importNode(byId(template).content.firstElementChild, true);

/** Says a text in an element; one that is there already is not announced again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** An element with a text. */
export function made(tag, text = '', className = '') {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

/** Terms and their descriptions, anew where they have changed. */
export function describe(list, pairs) {
  const told = JSON.stringify(pairs);
  if (list.dataset.told === told) return;
  list.dataset.told = told;
  list.replaceChildren(...pairs.flatMap(([term, description]) => [made('dt', term), made('dd', description)]));
}

/** Of several: `1 message`, `2 messages`. */
export const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
