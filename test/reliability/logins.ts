import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { CLAIM_LASTS_MS } from '#application';
import { placeOf, programOf } from '#system';
import type { Door } from './clients.js';
import { Deployment } from './deployment.js';
import { diceOf, type Figure } from './figure.js';
import { secondsSince } from './kills.js';
import { OPENING_FACTS } from './races.js';
import { whatIsLeft } from './what-is-left.js';

const RACERS = 20;
/** So many races before new racers come, and so many side by side. */
const RACES_A_CAST = 25;
const CASTS = 4;
const SLACK_MS = 1500;

type Volume = Readonly<{ seed: number; rounds: number; killed: number }>;

/** R9: twenty want to log in with the same phone or e-mail, each spelling it in its own way; some die after claiming it. */
export const racersLogIn = async ({ seed, rounds, killed }: Volume): Promise<Figure> => {
  const began = performance.now();
  const deployment = await Deployment.begin();
  try {
    const race = await raceForLogins(deployment, { seed, rounds });
    const blocked = await Promise.all(Array.from({ length: killed }, (_, n) => blockedByTheDead(deployment, n)));
    await deployment.stop();
    const { facts, doubled, differing } = await whatIsLeft(deployment.data, []);
    const unasked = Math.abs(facts - race.facts - killed * FACTS_OF_THE_DEAD - OPENING_FACTS);
    const figure = {
      lost: race.lost + blocked.filter(Boolean).length,
      doubled: race.doubled + doubled + unasked,
      differing,
    };
    const volume = `${rounds} races of ${RACERS}, ${killed} claimants killed, ${facts} facts`;
    const holds = figure.lost + figure.doubled + figure.differing === 0;
    return { id: 'R9', seed, volume, ...figure, seconds: secondsSince(began), holds };
  } finally {
    await deployment.stop();
    await deployment.remove();
  }
};

/** Races without a winner (lost), winners too many (doubled), and how many facts there should be. */
export const raceForLogins = async (door: Door, { seed, rounds }: Readonly<{ seed: number; rounds: number }>) => {
  const dice = diceOf(seed);
  let [lost, doubled, facts] = [0, 0, 0];
  const cast = async (races: readonly number[]) => {
    const racers = await Promise.all(Array.from({ length: RACERS }, () => register(door)));
    for (const [index, number] of races.entries()) {
      const kind = dice.below(2) === 0 ? 'phone' : 'email';
      const point = { contactPointId: `c${index + 1}` };
      await Promise.all(
        racers.map((id, n) => haveVerified(door, id, { ...point, kind, value: spelled(kind, number, n) })),
      );
      const race = racers.map((id) => say(door, id, 'use-contact-point-for-login', point));
      const winners = (await Promise.all(race)).filter(isSet).length;
      if (winners === 0) lost++;
      doubled += Math.max(0, winners - 1);
    }
    facts += RACERS + races.length * (2 * RACERS + 1);
  };
  const casts = Array.from({ length: Math.ceil(rounds / RACES_A_CAST) }, (_, n) =>
    Array.from(
      { length: Math.min(RACES_A_CAST, rounds - n * RACES_A_CAST) },
      (_, r) => seed * 10_000 + n * RACES_A_CAST + r,
    ),
  );
  const lane = async () => {
    for (let races = casts.pop(); races; races = casts.pop()) await cast(races);
  };
  await Promise.all(Array.from({ length: CASTS }, lane));
  return { lost, doubled, facts };
};

/** Two registered, with a phone each, and one of them logs in. */
const FACTS_OF_THE_DEAD = 7;

/** One claims and is killed before it records; whether another is kept from it longer than a claim lasts. */
const blockedByTheDead = async (deployment: Deployment, n: number): Promise<boolean> => {
  const [dead, heir] = await Promise.all([register(deployment), register(deployment)]);
  const point = { contactPointId: 'c1', kind: 'phone', value: `+8613800${100_000 + n}` };
  await Promise.all([dead, heir].map((id) => haveVerified(deployment, id, point)));
  const env = { ...process.env, TOUCHLINE_DATA: deployment.data };
  const program = programOf('test/reliability/claimant.ts');
  const claimant = spawn(process.execPath, [program, dead], { env, cwd: placeOf('.'), stdio: 'inherit' });
  const [, signal] = await once(claimant, 'exit');
  if (signal !== 'SIGKILL') throw new Error('the claimant did not come to its end');

  const end = performance.now() + CLAIM_LASTS_MS + SLACK_MS;
  let attempts = 0;
  while (performance.now() < end) {
    attempts++;
    if (isSet(await say(deployment, heir, 'use-contact-point-for-login', { contactPointId: 'c1' }))) {
      if (attempts === 1) throw new Error('nothing was claimed');
      return false;
    }
    await pause(100);
  }
  return true;
};

type Point = Readonly<{ contactPointId: string; kind: string; value: string }>;
type Told = Readonly<{ status: number; id: string; events?: readonly string[]; code?: string }>;

const post = async ({ url, authorization }: Door, path: string, body: object): Promise<Told> => {
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const told = { ...((await answer.json()) as Told), status: answer.status };
  if (answer.ok || told.code === 'identifier-taken') return told;
  throw new Error(`unexpected: ${answer.status} ${told.code}`);
};
const register = async (door: Door): Promise<string> => (await post(door, '/v1/customers', {})).id;
const say = (door: Door, id: string, act: string, body: object) => post(door, `/v1/customers/${id}/${act}`, body);

const haveVerified = async (door: Door, id: string, { contactPointId, kind, value }: Point): Promise<void> => {
  await say(door, id, 'add-contact-point', { kind, value });
  await say(door, id, 'verify-contact-point', { contactPointId });
};

const isSet = ({ events = [] }: Told): boolean => events.includes('LoginIdentifierSet');

/** The same number or address as others write it. */
const spelled = (kind: 'phone' | 'email', number: number, racer: number): string => {
  if (kind === 'email') return racer % 2 === 0 ? `Li.${number}@Example.org` : `li.${number}@example.ORG`;
  const digits = String(10_000_000 + number).slice(1);
  const local = `${digits.slice(0, 3)} ${digits.slice(3)}`;
  return racer % 2 === 0 ? `+44 (0)20 7${local}` : `+44-20-7${local}`;
};
