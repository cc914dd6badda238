import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#application';

/** What a client sent, under which key, and what it was answered. */
export type Acknowledged = Readonly<{ path: string; key: string; body: object; answer: Receipt }>;
export type Receipt = Readonly<{ id: string; revision: string; position: string; events: readonly string[] }>;

/** Where the API listens, and the header that opens it. */
export type Door = Readonly<{ url: string; authorization: string }>;

const WINDOW = { from: '2026-03-01T09:00:00.000Z', to: '2099-03-01T11:00:00.000Z' };
const GIVES_UP_AFTER_MS = 60_000;

/** Says it again under the same key until it is acknowledged: 2xx. Whatever else comes, or nothing at all, is a reason to ask again. */
export const insist = async (
  { url, authorization }: Door,
  path: string,
  key: string,
  body: object,
): Promise<Receipt> => {
  const end = performance.now() + GIVES_UP_AFTER_MS;
  while (performance.now() < end) {
    const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key };
    const request = { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(15_000) };
    const answer = await fetch(`${url}${path}`, request).catch(() => undefined);
    if (answer?.ok) {
      const receipt = await answer.json().catch(() => undefined); // cut off in the middle: not acknowledged
      if (receipt) return receipt as Receipt;
    }
    if (answer && answer.status >= 400 && answer.status < 500) {
      const refusal = await answer.text();
      if (!refusal.includes('still-running')) throw new Error(`refused: ${refusal}`);
    }
    await pause(20 + Math.random() * 100);
  }
  throw new Error(`${path} was not acknowledged within ${GIVES_UP_AFTER_MS} ms`);
};

/** Clients side by side, each a customer who asks for calls that are attempted and completed, until `enough` says so. */
export const clientsAt = async (
  door: Door,
  clients: number,
  enough: () => boolean,
): Promise<readonly Acknowledged[]> => {
  const acknowledged: Acknowledged[] = [];
  const say = async (path: string, body: object) => {
    const key = newId();
    const answer = await insist(door, path, key, body);
    acknowledged.push({ path, key, body, answer });
    return answer;
  };
  const client = async () => {
    const { id: requester } = await say('/v1/customers', { name: 'Ann' });
    while (!enough()) {
      const { id } = await say('/v1/callbacks', { requester, topic: 'invoice', windows: [WINDOW] });
      await say(`/v1/callbacks/${id}/record-call-attempt`, { attemptId: 'a1', result: 'busy' });
      await say(`/v1/callbacks/${id}/complete`, {});
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return acknowledged;
};
