import { idFrom, newId } from '#application';
import { defaultPolicies } from '#domain';
import type { Door } from './clients.js';
import { Deployment } from './deployment.js';
import type { Figure } from './figure.js';
import { secondsSince } from './kills.js';
import { whatIsLeft } from './what-is-left.js';

const RACERS = 20;

/** R8: twenty open the same booking at once, each with a price of its own: one wins, the others hear that it is taken. */
export const racersCreate = async ({ seed, rounds }: Readonly<{ seed: number; rounds: number }>): Promise<Figure> => {
  const began = performance.now();
  const deployment = await Deployment.begin();
  try {
    let [lost, doubled] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const id = idFrom(newId(), seed, round);
      const race = Array.from({ length: RACERS }, (_, n) => place(deployment, id, n + 1));
      const winners = (await Promise.all(race)).filter((status) => status === 201).length;
      if (winners === 0) lost++;
      if (winners > 1) doubled += winners - 1;
    }
    await deployment.stop();
    const { facts, differing } = await whatIsLeft(deployment.data, []);
    const volume = `${rounds} races of ${RACERS}, ${facts} facts`;
    const holds = lost + doubled + differing === 0 && facts === rounds + OPENING_FACTS;
    return { id: 'R8', seed, volume, lost, doubled, differing, seconds: secondsSince(began), holds };
  } finally {
    await deployment.stop();
    await deployment.remove();
  }
};

/** `LogOpened`, the first `DayClosed` and the rules that ship. */
export const OPENING_FACTS = 2 + defaultPolicies({ zone: 'UTC' }).length;

const place = async ({ url, authorization }: Door, id: string, amount: number): Promise<number> => {
  const lines = [{ code: 'goods', kind: 'base', price: { amount, currency: 'CNY' } }];
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/bookings`, { method: 'POST', headers, body: JSON.stringify({ id, lines }) });
  if (answer.status !== 201 && answer.status !== 409) throw new Error(`unexpected: ${answer.status}`);
  await answer.text();
  return answer.status;
};
