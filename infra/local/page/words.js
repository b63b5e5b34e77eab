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

/** What the guarantees make of each thing that is done to the stack, in one sentence. */
export const DEEDS = {
  flood: () => 'Everybody sent ten. At most ten messages of one person wait; those that come while an answer is made '
    + 'share the next one, in their order, and one too many is refused and told.',
  ten: () => 'Ten at once of one person: those that come while an answer is made share the next one, in their order. More than '
    + 'ten cannot wait; whoever is refused is told.',
  killed: ({ visibility_timeout_s: seconds }) => 'A processor was killed at its work. Its doorbell rings again within '
    + `${seconds} s; another takes over, tells the user that the answer is lost, with a button to ask once more, and does not ask the model twice. Nobody else notices.`,
  armed: () => 'No processor was at work: the next one is killed as soon as it has begun.',
  slow: ({ model_concurrency: most }) => 'The model takes 6 s now. Each waits for their own answer only; at most '
    + `${most} calls run at once.`,
  quick: () => 'The model is as quick as before.',
  failing: () => 'The next call fails and may have been obeyed: it is not repeated, and its user is told.',
  refusing: () => 'The next two calls are refused, and so provably not obeyed: they are made again after a pause, and the user only waits.',
  redelivered: ({ status }) => `The last message was delivered once more, and answered with ${status}: its key is `
    + 'known, so it is neither stored nor answered a second time.',
  voice: () => 'A voice note: it is written down, what was understood is told, and then it is answered; a bot without ears says so.',
  minutes: () => '3 minutes have passed. What was at work has timed out: its doorbell rings again now, another takes over, and the user is '
    + 'told that the answer is lost; the model is not asked twice. LINE takes no free reply any more: what is said later is pushed.',
  hour: () => 'An hour has passed. Sessions have ended: the bot goes by what it keeps of its users, and not by what was said. What waited is '
    + 'too old for an answer, and told so. SQS has forgotten what it knew, the table has not: what is delivered again is still not answered twice.',
  day: () => 'A day and an hour have passed. What fell due meanwhile is late: a reminder is said, a schedule more than an hour late is let go. '
    + 'WhatsApp and Messenger take nothing for who was silent so long. What is stored is known as before.',
  due: () => 'It is the time of what was due next: it rings now. A reminder or schedule is a message like any other: in its order, once, and counted.',
  stopped: () => 'A cancel waits in no queue: it is one write to the mailbox, and no older answer starts to be sent past it.',
};
