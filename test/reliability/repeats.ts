import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#application';
import type { Acknowledged, Door, Receipt } from './clients.js';
import { Deployment } from './deployment.js';
import { diceOf, type Figure } from './figure.js';
import { secondsSince } from './kills.js';
import { OPENING_FACTS } from './races.js';
import { whatIsLeft } from './what-is-left.js';

const CLIENTS = 12;
/** What each customer's life records; the other commands are refused or find nothing to do, at the time they are said. */
const FACTS_A_LIFE = 3;
const COMMANDS_A_LIFE = 5;

type Told = Readonly<{ status: number; etag: string | null; body: Receipt }>;
type Said = Readonly<{ path: string; key: string; body: object; told: Told }>;

/** R7: every command is said two to five times at once under one key, and once more when much has happened since. */
export const repeatedAtOnce = async ({
  seed,
  commands,
}: Readonly<{ seed: number; commands: number }>): Promise<Figure> => {
  const began = performance.now();
  const deployment = await Deployment.begin();
  try {
    const heard = await lifeAtOnce(deployment, { seed, commands });
    await deployment.stop();
    const { lost, doubled, facts, differing } = await whatIsLeft(deployment.data, heard.acknowledged);
    const unasked = Math.abs(facts - heard.facts - OPENING_FACTS);
    const figure = { lost, doubled: doubled + unasked, differing: differing + heard.differing };
    const volume = `${commands} commands in ${heard.requests} requests, ${facts} facts`;
    const holds = figure.lost + figure.doubled + figure.differing === 0;
    return { id: 'R7', seed, volume, ...figure, seconds: secondsSince(began), holds };
  } finally {
    await deployment.stop();
    await deployment.remove();
  }
};

/** What clients heard: answers that differ from others under the same key, and how many facts there should be. */
export const lifeAtOnce = async (door: Door, { seed, commands }: Readonly<{ seed: number; commands: number }>) => {
  const dice = diceOf(seed);
  const acknowledged: Acknowledged[] = [];
  let [differing, requests] = [0, 0];

  const sayOnce = async (path: string, key: string, body: object): Promise<Told> => {
    for (;;) {
      requests++;
      const told = await ask(door, path, key, body);
      if (!isToComeBack(told)) return told;
      await pause(5 + 20 * Math.random());
    }
  };
  const sayAtOnce = async (path: string, body: object): Promise<Said> => {
    const key = newId();
    const times = 2 + dice.below(4);
    const answers = await Promise.all(Array.from({ length: times }, () => sayOnce(path, key, body)));
    const [told] = answers as [Told];
    differing += answers.filter((answer) => !isSame(answer, told)).length;
    if (told.status < 300 && told.body.events.length > 0) acknowledged.push({ path, key, body, answer: told.body });
    return { path, key, body, told };
  };
  const life = async () => {
    const opened = await sayAtOnce('/v1/customers', { name: 'Ann' });
    const at = `/v1/customers/${opened.told.body.id}`;
    const said = [
      opened,
      await sayAtOnce(`${at}/unblock`, {}),
      await sayAtOnce(`${at}/remove-contact-point`, { contactPointId: 'c1' }),
      await sayAtOnce(`${at}/add-contact-point`, { kind: 'email', value: 'ann@example.org' }),
      await sayAtOnce(`${at}/block`, { reason: 'fraud' }),
    ];
    for (const { path, key, body, told } of said) if (!isSame(await sayOnce(path, key, body), told)) differing++;
  };

  let lives = Math.ceil(commands / COMMANDS_A_LIFE);
  const facts = lives * FACTS_A_LIFE;
  const client = async () => {
    while (lives-- > 0) await life();
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { acknowledged, differing, requests, facts };
};

const ask = async ({ url, authorization }: Door, path: string, key: string, body: object): Promise<Told> => {
  const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key };
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, etag: answer.headers.get('etag'), body: (await answer.json()) as Receipt };
};

const isToComeBack = ({ status, body }: Told) => status === 503 || Reflect.get(body, 'code') === 'still-running';
const isSame = (one: Told, other: Told) => JSON.stringify(one) === JSON.stringify(other);
