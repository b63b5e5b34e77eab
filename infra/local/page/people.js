/** Who is on the page. */
import { byId } from './dom.js';
import { forgetPerson, newcomer, present, rememberPeople } from './memory.js';
import { Pane } from './pane.js';

export class People {
  /** `did`: hears of what is done to the stack. */
  constructor(did) {
    this.did = did;
    this.panes = present().map((person) => this.pane(person));
    byId('add').addEventListener('click', () => this.add());
    this.changed();
  }

  pane(person) {
    return new Pane(person, { did: this.did, left: (pane) => this.remove(pane) });
  }

  add() {
    const person = newcomer(this.panes.map((pane) => pane.person));
    if (!person) return;
    const pane = this.pane(person);
    this.panes.push(pane);
    this.changed();
    pane.view.text.focus();
  }

  remove(pane) {
    this.panes = this.panes.filter((other) => other !== pane);
    forgetPerson(pane.person);
    this.changed();
    byId('add').focus();
  }

  changed() {
    const people = this.panes.map((pane) => pane.person);
    rememberPeople(people);
    byId('add').disabled = !newcomer(people);
    byId('panes').dataset.people = Math.min(people.length, 4);
  }

  /** Who speaks in a conversation of the table, if it is somebody here. */
  named(conversation) {
    return this.panes.find((pane) => pane.conversation.isIn(conversation))?.person.name;
  }

  flood() {
    for (const pane of this.panes) pane.conversation.sendTen();
  }
}
