import { setTimeout as pause } from 'node:timers/promises';
import { authorise, localAdministrator, rolesOf } from '#access';
import { newId } from '#application';
import { callback, customer } from '#domain';
import { type Fact, isRejection } from '#kernel';
import { SearchCustomers } from '#read-models';
import { engineOver, type Session } from '#system';
import { Installation } from './installation.js';
import { metaOf } from './meta.js';
import { type Result, rateOf } from './protocol.js';

const AT_ONCE = 64;
const DURABILITY =
  'fdatasync before every acknowledgement of the event store, key file and list of destroyed keys, PostgreSQL with fsync and synchronous_commit on';

const windows = [{ from: '2026-03-01T09:00:00.000Z', to: '2099-03-01T11:00:00.000Z' }];

/** A figure that is told and fails nothing: how much of the goal was left. */
const told = (id: string, values: readonly number[], goal: number, rest: Readonly<{ unit: string; notes: string }>) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] as number;
  const durability = DURABILITY;
  return {
    id,
    ratio: goal / at(0.5),
    low: goal / at(0.75),
    high: goal / at(0.25),
    floor: 0,
    goal: 1,
    durability,
    ...rest,
  };
};

const FACTS_OF_ONE = 10_000;
const OTHERS = 2_000;
const CALLS_OF_OTHERS = 14_000;
const ERASED = 3;

/** A call that was asked for, attempted and held: three facts of which two hold something personal. */
const aCall = async ({ store }: Session, requester: string): Promise<void> => {
  const meta = metaOf(newId());
  const fact = (type: string, data: object): Fact => ({
    ...{ id: newId(), type, data, meta },
    customers: [{ id: requester, role: 'requester' }],
  });
  await store.append(`callback-${newId()}`, -1n, [
    fact('CallbackRequested', { requester, topic: 'invoice', zone: 'UTC', windows, note: 'My old address is on it' }),
    fact('CallAttempted', { attemptId: 'a1', n: 1, result: 'reached' }),
    fact('CallbackCompleted', { topic: 'invoice', late: false, note: 'Told her the new one is noted' }),
  ]);
};

/** How long it takes until a person of ten thousand facts is erased in every view, the engine running. */
const erasureBench = async (): Promise<Result> => {
  const installation = await Installation.begin();
  const { session } = installation;
  const { sql } = session;
  const engine = engineOver(session);
  try {
    const register = () => installation.say(customer, 'RegisterIndividual', { name: 'Ann Lee' });
    const people = await Promise.all(Array.from({ length: ERASED }, register));
    const others = await Promise.all(Array.from({ length: OTHERS }, register));
    await rateOf(CALLS_OF_OTHERS, AT_ONCE, (n) => aCall(session, others[n % OTHERS] as string));
    for (const one of people) await rateOf(Math.ceil(FACTS_OF_ONE / 3), AT_ONCE, () => aCall(session, one));
    await engine.start();
    await engine.settled();
    const [{ rows } = { rows: 0n }] = await sql<{ rows: bigint }>(
      `select sum((xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I', table_name), false, true, '')))[1]::text::bigint)::bigint as rows
       from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    const seconds: number[] = [];
    for (const one of people) {
      const began = performance.now();
      const answer = await session.forgetting.erase(one, { by: { kind: 'person', id: 'dpo' } });
      if (isRejection(answer)) throw new Error(answer.rejected);
      await engine.settled();
      seconds.push((performance.now() - began) / 1000);
      const left = await sql(`select 1 from callbacks where requester = $1 and sealed is distinct from 'forgotten'`, [
        one,
      ]);
      if (left.length > 0) throw new Error(`${left.length} rows still tell of somebody who was erased`);
    }
    const notes = `${seconds.map((one) => one.toFixed(2)).join(', ')} s for ${ERASED} people of ${FACTS_OF_ONE} facts each until every view has passed the erasure, ${rows} rows in all tables; goal 5 s`;
    return told('erasure', seconds, 5, { unit: 'of the goal’s speed', notes });
  } finally {
    await engine.stop();
    await installation.end();
  }
};

const CUSTOMERS = 1_000_000;
const SOUGHT = 500;
const LOOKS = 1_000;
const LOOKS_A_SECOND = 50;
const WRITES_A_SECOND = 200;

const phoneOf = (n: number) => `+44 7911 ${String(100_000 + n)}`;

/** Starts work at a steady rate whether or not what was started before is done. */
const steadily = async (perSecond: number, count: number, work: (n: number, due: number) => Promise<void>) => {
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    const due = began + (n * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await pause(early);
    under.push(work(n, due));
  }
  await Promise.all(under);
};

/** Somebody sought by phone among a million, while two hundred commands a second are written and projected. */
const lookUpBench = async (): Promise<Result> => {
  const installation = await Installation.begin();
  const { session, core } = installation;
  const { sql, access } = session;
  try {
    const sought = await Promise.all(
      Array.from({ length: SOUGHT }, async (_, n) => {
        const id = await installation.say(customer, 'RegisterIndividual', { name: `Ann Lee ${n}` });
        return installation.say(customer, 'AddContactPoint', { kind: 'phone', value: phoneOf(n) }, id);
      }),
    );
    const engine = engineOver(session);
    await engine.start();
    await engine.settled();
    await engine.stop();
    await fill(sql);
    await installation.start('projector');
    const principal = localAdministrator(rolesOf(access.policy));
    const grant = authorise(access.policy, principal, 'SearchCustomers');
    if (!grant.allowed) throw new Error('the administrator may not search');
    const asking = { principal, ...grant, purpose: 'service', action: 'SearchCustomers' };
    const took: number[] = [];
    const look = async (n: number, due: number) => {
      const question = Object.assign(new SearchCustomers(asking), { phone: phoneOf(n % SOUGHT) });
      const { items } = await core.ask(question);
      took.push(performance.now() - due);
      if (items.length !== 1 || items[0]?.id !== sought[n % SOUGHT]) throw new Error('somebody else was found');
    };
    const write = async (n: number) => {
      const requester = sought[n % SOUGHT] as string;
      await installation.say(callback, 'RequestCallback', { requester, topic: 'invoice', windows, note: 'Call me' });
    };
    const seconds = LOOKS / LOOKS_A_SECOND;
    const both = (warmUp: number) =>
      Promise.all([
        steadily(LOOKS_A_SECOND, warmUp * LOOKS_A_SECOND, look),
        steadily(WRITES_A_SECOND, warmUp * WRITES_A_SECOND, write),
      ]);
    await both(5);
    took.length = 0;
    await both(seconds);
    const sorted = [...took].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] as number;
    const notes = `p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms of ${LOOKS} look-ups by phone among ${CUSTOMERS} customers, ${LOOKS_A_SECOND} a second beside ${WRITES_A_SECOND} commands a second in the same process, the projector in its own; goal p99 10 ms`;
    return told('blind-look-up', [at(0.99)], 10, { unit: 'of the goal’s speed', notes });
  } finally {
    await installation.end();
  }
};

/** Customers whom nobody seeks: their blind indexes are as random as all are. */
const fill = async (sql: Session['sql']): Promise<void> => {
  const random = `translate(encode(sha256(random()::text::bytea || n::text::bytea), 'base64'), '+/=', '-_')`;
  await sql(
    `insert into customer_profile (customer_id, kind, status, contacts, blocked, closed, registered_at, updated_at)
     select gen_random_uuid(), 'individual', 'open', '[]', false, false, now(), now() from generate_series(1, $1)`,
    [CUSTOMERS],
  );
  for (const kind of ['phone', 'name'])
    await sql(
      `insert into customer_search (entry, customer_id, kind, value)
       select customer_id || '.' || $1, customer_id, $1, ${random}
       from (select customer_id, row_number() over () as n from customer_profile where sealed is null) as others`,
      [kind],
    );
  await sql('analyze customer_search');
  await sql('analyze customer_profile');
};

export const peopleBenches = async (wanted: readonly string[]): Promise<readonly Result[]> => [
  ...(wanted.includes('erasure') ? [await erasureBench()] : []),
  ...(wanted.includes('blind-look-up') ? [await lookUpBench()] : []),
];
