/** The page: people side by side, what the stack does meanwhile, and how it is broken. */
import { Board } from './board.js';
import { Breaking } from './breaking.js';
import { People } from './people.js';

const breaking = new Breaking();
const people = new People((name, facts) => breaking.did(name, facts));
breaking.watch(people, new Board(people, (board) => breaking.seen(board)));
