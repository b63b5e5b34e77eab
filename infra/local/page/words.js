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

/** What the guarantees make of each thing that is done to the stack, in one sentence. */
export const DEEDS = {
  flood: () => 'Everybody sent ten. At most ten messages of one person wait; those that come while an answer is made '
    + 'share the next one, in their order, and one too many is refused and told.',
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
  stopped: () => 'A cancel waits in no queue: it is one write to the mailbox, and no older answer starts to be sent past it.',
};
