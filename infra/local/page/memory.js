/** What a reload must not lose: who is here, and what each has said. */

const PEOPLE = 'turnwise.people';
const NAMES = ['Ann', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gus', 'Hana'];

/** Their chats with the bot, as each platform names chats; the web names its own. */
const chats = (number) => ({
  telegram: `100${number}`, line: `U${String(number).padStart(32, '0')}`, whatsapp: `FI.1349120865530274190${number}`,
  messenger: `600000000000${number}`, slack: `D0000000${number}`, discord: `70000000000000000${number}`,
});

/** A person: by name, who always has the same chats. */
const person = (name) => ({ name, chats: chats(NAMES.indexOf(name) + 1) });

function read(key, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Who is here: Ann and Ben at first. */
export function present() {
  const names = read(PEOPLE, NAMES.slice(0, 2));
  return names.filter((name) => NAMES.includes(name)).map(person);
}

/** Somebody who is not here yet. */
export function newcomer(people) {
  const name = NAMES.find((known) => !people.some((other) => other.name === known));
  return name && person(name);
}

export function rememberPeople(people) {
  sessionStorage.setItem(PEOPLE, JSON.stringify(people.map(({ name }) => name)));
}

/** What was said, by channel; and the draft, the session, the channel that is shown. */
export function remembered({ name, chats: named }) {
  const empty = { channel: null, draft: '', session: null, web: [] };
  for (const channel of Object.keys(named)) empty[channel] = [];
  return { ...empty, ...read(`turnwise.${name}`, {}) };
}

/** Whether the browser has room for it. */
export function remember({ name }, memory) {
  try {
    sessionStorage.setItem(`turnwise.${name}`, JSON.stringify(memory));
    return true;
  } catch {
    return false;
  }
}

export const forgetPerson = ({ name }) => sessionStorage.removeItem(`turnwise.${name}`);
