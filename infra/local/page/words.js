/** What things are called. */

/** States and outcomes that are not called by their own name. */
const LABELS = {
  'sending': 'pending', 'unsent': 'not sent', 'retried': 'not delivered yet', 'command': 'done',
  'forgotten': 'forgotten by the server', 'superseded': 'replaced by a newer message',
  'timed-out': 'timed out', 'handed-over': 'handed over to a person',
};
export const label = (state) => LABELS[state] ?? state ?? '';

/** Said by the one that asks every second, so that the others need not. */
export const SILENT = 'The stack does not answer. What you wrote is kept; asking again every second.';

/** A time span for people. */
export const span = (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`);

/** A span of minutes, hours and days: `1 d 2 h`. */
export function longSpan(ms) {
  const minutes = Math.round(ms / 60_000);
  const parts = [[Math.floor(minutes / 1_440), 'd'], [Math.floor(minutes / 60) % 24, 'h'], [minutes % 60, 'min']];
  return parts.filter(([number]) => number > 0).map(([number, unit]) => `${number} ${unit}`).join(' ') || 'less than a minute';
}

/** What the guarantees make of what people do at a page, in one sentence. */
const TOLD = {
  flood: () => 'Everybody sent ten. At most ten messages of one person wait; those that come while an answer is made '
    + 'share the next one, in their order, and one too many is refused and told.',
  ten: () => 'Ten at once of one person: those that come while an answer is made share the next one, in their order. More than '
    + 'ten cannot wait; whoever is refused is told.',
  redelivered: ({ status }) => `The last message was delivered once more, and answered with ${status}: its key is `
    + 'known, so it is neither stored nor answered a second time.',
  voice: () => 'A voice note: it is written down, what was understood is told, and then it is answered; a bot without ears says so.',
  stopped: () => 'A cancel waits in no queue: it is one write to the mailbox, and no older answer starts to be sent past it.',
};

/** What happens to a model's next calls by the status that they get. */
const calls = (status, times) => {
  const who = times === 1 ? 'The next call' : `The next ${times === 2 ? 'two' : times} calls`;
  const [is, are] = times === 1 ? ['is', 'it is'] : ['are', 'they are'];
  return status === 429
    ? `${who} ${is} refused, and so provably not obeyed: ${are} made again after a pause, and the user only waits.`
    : `${who} ${times === 1 ? 'fails' : 'fail'} and may have been obeyed: ${are} not repeated, and the user is told.`;
};

/** What is to happen, shortly: `The next 2 calls of the model are refused`. */
export function waits({ what, function: name, status }, times) {
  const [next, is] = times === 1 ? ['The next', 'is'] : [`The next ${times}`, 'are'];
  if (what === 'kill') return `${next} ${times === 1 ? name : `of ${name}`} ${is} killed`;
  return `${next} ${times === 1 ? 'call' : 'calls'} of the model ${status === 429 ? `${is} refused` : times === 1 ? 'fails' : 'fail'} (${status})`;
}

function armed({ armed: of, times }) {
  if (of.what === 'model') return calls(of.status, times);
  if (times > 1) return `${waits(of, times)} as soon as they have begun.`;
  return of.function === 'processor' ? 'No processor was at work: the next one is killed as soon as it has begun.' : `${waits(of, 1)} as soon as it has begun.`;
}

/** The longest of these steps that has passed says what it does. */
const PASSED = [
  [90_000_000, 'A day and an hour have passed.', 'What fell due meanwhile is late: a reminder is said, a schedule more than an hour late is let go. '
    + 'WhatsApp and Messenger take nothing for who was silent so long. What is stored is known as before.'],
  [3_600_000, 'An hour has passed.', 'Sessions have ended: the bot goes by what it keeps of its users, and not by what was said. What waited is '
    + 'too old for an answer, and told so. SQS has forgotten what it knew, the table has not: what is delivered again is still not answered twice.'],
  [180_000, '3 minutes have passed.', 'What was at work has timed out: its doorbell rings again now, another takes over, and the user is '
    + 'told that the answer is lost; the model is not asked twice. LINE takes no free reply any more: what is said later is pushed.'],
];

function passed({ by_ms: by, is_due: isDue }) {
  if (isDue) return 'It is the time of what was due next: it rings now. A reminder or schedule is a message like any other: in its order, once, and counted.';
  const [ms, exactly, so] = PASSED.find(([step]) => by >= step) ?? [0, '', 'What was at work has timed out.'];
  return `${by === ms ? exactly : `Time has passed: ${longSpan(by)}.`} ${so}`;
}

/** What the guarantees make of each thing that is done to the stack, in one sentence. */
const DEEDS = {
  told: ({ what }) => TOLD[what.name]?.(what),
  armed,
  disarmed: ({ armed: of }) => (of.what === 'kill' ? `Disarmed: no ${of.function} is killed any more.` : 'Disarmed: the model answers the next calls.'),
  killed: ({ function: name, visibility_timeout_s: seconds }) => (name === 'processor'
    ? `A processor was killed at its work. Its doorbell rings again within ${seconds} s; another takes over, tells the user `
      + 'that the answer is lost, with a button to ask once more, and does not ask the model twice. Nobody else notices.'
    : `A sandbox of ${name} was killed at its work.`),
  model_takes: ({ delay_ms: now, before_ms: before, model_concurrency: most }) => (now > before
    ? `The model takes ${span(now)} now. Each waits for their own answer only; at most ${most} calls run at once.`
    : `The model takes ${span(now)} now.`),
  passed,
};

/** A deed in one sentence, beside what does not change in the stack. */
export const sentence = (deed, facts) => DEEDS[deed.did]?.({ ...facts, ...deed }) ?? deed.did;
