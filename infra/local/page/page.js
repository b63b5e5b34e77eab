/** The page: people side by side, what the stack does meanwhile, and how it is broken. */
import { Board } from './board.js';
import { Breaking } from './breaking.js';
import { goBy } from './clock.js';
import { People } from './people.js';
import { request } from './request.js';

// What is said first has the stack's time already.
const { status, body } = await request('/local/state');
if (status === 200) goBy(body.clock);

const breaking = new Breaking();
const people = new People((name, facts) => breaking.did(name, facts));
breaking.watch(people, new Board(people, (board) => breaking.seen(board)));

// Whoever has a keyboard can write at once.
if (matchMedia('(pointer: fine)').matches) document.querySelector('#panes textarea')?.focus();
