import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { newId } from '#application';
import {
  leaveStores,
  loggerFor,
  openSession,
  placeOf,
  programOf,
  readSettings,
  type Session,
  subjectKeysFile,
} from '#system';
import { insist } from './clients.js';
import { Deployment } from './deployment.js';
import type { Figure } from './figure.js';
import { secondsSince } from './kills.js';
import { whatIsLeft } from './what-is-left.js';

type Volume = Readonly<{ seed: number; kills: number }>;

/**
 * Somebody is forgotten by a process that is killed at one step after the other, while the system runs. The next process
 * that starts completes it: one fact (doubled: more), nothing left of the person (lost: something is), and rows that a
 * rebuild would make (differing). Before the first step nothing was begun: then all must still be there.
 */
export const erasureKilled = async ({ seed, kills }: Volume): Promise<Figure> => {
  const began = performance.now();
  const deployment = await Deployment.begin();
  try {
    const steps = await stepsOf(deployment);
    let [lost, doubled, killed] = [0, 0, 0];
    for (let n = 0; n < kills; n++) {
      // Every step once before any twice; of a few kills, the first, the last and some in between.
      const at = kills >= steps ? n % steps : Math.round((n * (steps - 1)) / Math.max(1, kills - 1));
      const subject = await somebody(deployment);
      const wrapped = await boxOf(deployment, subject);
      if ((await erase(deployment, subject, at)) !== 'SIGKILL') throw new Error(`nothing was killed at step ${at}`);
      killed++;
      const after = await sessionOver(deployment);
      const { left, facts } = await leftOf(after, subject, wrapped);
      const isDone = left === 0 && facts > 0;
      const isUntouched = facts === 0 && left === OF_SOMEBODY;
      if (at === 0 ? !isUntouched : !isDone) lost++;
      doubled += Math.max(0, facts - 1);
      await closed(after);
    }
    await deployment.stop();
    const { differing, facts, doubled: twice } = await whatIsLeft(deployment.data, []);
    const volume = `${killed} kills over ${steps} steps, ${facts} facts`;
    const holds = lost + doubled + twice + differing === 0 && killed === kills;
    return {
      id: 'erase',
      seed,
      volume,
      lost,
      doubled: doubled + twice,
      differing,
      seconds: secondsSince(began),
      holds,
    };
  } finally {
    await deployment.stop();
    await deployment.remove();
  }
};

const env = ({ data }: Deployment) => ({ ...process.env, TOUCHLINE_DATA: data });

const sessionOver = (deployment: Deployment): Promise<Session> =>
  openSession(readSettings(env(deployment)), loggerFor('test', 'error'));

const closed = async (session: Session): Promise<void> => {
  await session.close();
  await leaveStores(session.stores);
};

/** How many steps there are, learnt from one that lives. */
const stepsOf = async (deployment: Deployment): Promise<number> => {
  const subject = await somebody(deployment);
  const eraser = spawned(deployment, subject, -1);
  const [[{ steps }]] = (await Promise.all([once(eraser, 'message'), once(eraser, 'exit')])) as [
    [{ steps: number }],
    unknown,
  ];
  return steps;
};

const erase = async (deployment: Deployment, subject: string, at: number): Promise<NodeJS.Signals | null> => {
  const [, signal] = await once(spawned(deployment, subject, at), 'exit');
  return signal as NodeJS.Signals | null;
};

const spawned = (deployment: Deployment, subject: string, at: number) =>
  spawn(process.execPath, [programOf('test/reliability/eraser.ts'), subject, String(at)], {
    env: env(deployment),
    cwd: placeOf('.'),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

/** A customer with a login, a complaint and stored answers. */
const somebody = async (deployment: Deployment): Promise<string> => {
  const say = (path: string, body: object) => insist(deployment, path, newId(), body);
  const { id } = await say('/v1/customers', { name: 'Ann' });
  await say(`/v1/customers/${id}/add-contact-point`, { kind: 'email', value: `${id}@example.org` });
  await say(`/v1/customers/${id}/verify-contact-point`, { contactPointId: 'c1' });
  await say(`/v1/customers/${id}/use-contact-point-for-login`, { contactPointId: 'c1' });
  await say('/v1/complaints', { complainant: id, text: 'too late' });
  return id;
};

/** The wrapped data key as it lies in the file. */
const boxOf = async ({ data }: Deployment, subject: string): Promise<Buffer> => {
  const file = await readFile(subjectKeysFile(data));
  const at = file.indexOf(Buffer.from(subject.replaceAll('-', ''), 'hex'));
  if (at < 0) throw new Error('no key was made');
  return file.subarray(at + 22, at + 82);
};

/** What there still is of somebody who should be gone. */
const leftOf = async ({ sql, store, secrets, settings }: Session, subject: string, box: Buffer) => {
  let facts = 0;
  for await (const { type } of store.read(`customer-${subject}`)) if (type === 'PersonalDataErased') facts++;
  const [rows] = await sql<{ n: bigint }>(
    `select (select count(*) from customer_profile where customer_id = $1::uuid and sealed is distinct from 'forgotten')
      + (select count(*) from complaints where complainant = $1::uuid and sealed is distinct from 'forgotten')
      + (select count(*) from customer_search where customer_id = $1::uuid)
      + (select count(*) from identifier_claims where holder = $2)
      + (select count(*) from stored_answers where stream = $2)
      + (select 1 - count(*) from forgotten_subjects where subject = $1::uuid) as n`,
    [subject, `customer-${subject}`],
  );
  const keyIsThere = (await readFile(subjectKeysFile(settings.data))).includes(box);
  const isReadable = secrets.keys.at(subject, 1) !== null;
  return { left: Number(rows?.n) + Number(keyIsThere) + Number(isReadable), facts };
};

/** Profile, complaint, name and e-mail to be found by, login, four stored answers, no note that it is done; key and reading. */
const OF_SOMEBODY = 1 + 1 + 2 + 1 + 4 + 1 + 2;
