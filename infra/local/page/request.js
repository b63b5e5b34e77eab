/** Requests to the stack. */
import { sleep } from './dom.js';

const GIVE_UP_MS = 20_000;

/**
 * One request. Status 0: nobody answered, or not to the end. A page that is left breaks its requests off;
 * after the pause it is gone, and does not write them down as failed.
 */
export async function request(path, { method = 'GET', session, headers = {}, body } = {}) {
  headers = { ...headers };
  if (session) headers['Authorization'] = `Bearer ${session}`;
  if (body) headers['Content-Type'] = 'application/json';
  try {
    const signal = AbortSignal.timeout(GIVE_UP_MS);
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
    const text = await response.text();
    const isJson = text.startsWith('{');
    return { status: response.status, body: isJson ? JSON.parse(text) : { message: text } };
  } catch {
    await sleep(100);
    return { status: 0, body: {} };
  }
}

export const post = (path, body) => request(path, { method: 'POST', body });

/** Why a request was of no use, in words. */
export function complaint({ status, body }) {
  if (status === 0) return 'the stack does not answer';
  return body.message ? `${body.message} (${status})` : `the stack answered ${status}`;
}

/** A UUID of version 7 for a moment: sent twice, it is still one message. */
export function messageId(atMs) {
  const time = atMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** A sound file in which the scripted model hears these words. */
export function voiceNote(words) {
  const bytes = new TextEncoder().encode(`OpusHead says:${words}`);
  const head = [...new TextEncoder().encode('OggS\0\x02'), ...new Array(22).fill(0)];
  return btoa(String.fromCharCode(...head, ...bytes));
}
