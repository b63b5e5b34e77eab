/** The stack's time: this machine's, and so much later as its clock was advanced. */
let aheadMs = 0;

export const now = () => Date.now() + aheadMs;

/** Goes by the clock that the stack shows. */
export function goBy(clock) { aheadMs = clock.ahead_ms; }

/** Goes by the time that the server told. */
export function goByServer(nowMs) { aheadMs = nowMs - Date.now(); }
