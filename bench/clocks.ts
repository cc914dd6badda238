import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Asking, anyone, fieldClasses } from '#access';
import { newId } from '#application';
import { type CalendarPolicies, complaint, defaultPolicies } from '#domain';
import { isRejection, laterBy } from '#kernel';
import { ddlOf, poolOver, type Sql, sqlOver, startPostgres } from '#postgres';
import { complaintsTable, customerProfileTable, recountAll } from '#read-models';
import { metaOf } from './meta.js';
import type { Result } from './protocol.js';

const COMPLAINTS = 100_000;
const GOAL_SECONDS = 60;
const HOUR_MS = 3_600_000;
const FIRST = '2025-01-06T00:00:00.000Z';
const company = { zone: 'Asia/Shanghai', currency: 'CNY', vertical: 'car-rental-leisure' };

const named = Object.fromEntries(
  defaultPolicies(company).map(({ kind, id, body }) => [`${kind}.${id}`, { ref: `${kind}.${id}@1`, body }]),
);
const policies = { ...named, sla: named['sla.default'], company };
const severities = ['sev1', 'sev2', 'sev3', 'sev4'] as const;

const asking: Asking = {
  ...{ principal: anyone, fields: new Set(fieldClasses), scope: 'all', purpose: 'service', action: 'bench' },
};

/** A complaint of two years that was resolved a day after it was filed: its clocks. */
const past = (n: number, id: string) => {
  const filedAt = laterBy(Math.floor((n / COMPLAINTS) * 700 * 24) * HOUR_MS, FIRST);
  const severity = severities[n % severities.length] as (typeof severities)[number];
  const said = [
    [filedAt, { type: 'FileComplaint', data: { complainant: id, severity } }],
    [laterBy(24 * HOUR_MS, filedAt), { type: 'ResolveComplaint', data: { outcome: 'upheld' } }],
  ] as const;
  let state = complaint.initial;
  for (const [occurredAt, command] of said) {
    const meta = { ...metaOf(id), occurredAt };
    const decided = complaint.decide({ ...command, meta }, state, policies as never);
    if (isRejection(decided)) throw new Error(decided.rejected);
    state = decided.reduce((before, event) => complaint.evolve(before, { ...event, meta }), state);
  }
  return { id, filedAt, clocks: state.status === 'none' ? [] : state.clocks };
};

const fill = async (sql: Sql): Promise<void> => {
  for (let from = 0; from < COMPLAINTS; from += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, n) => past(from + n, newId()));
    await sql(
      `insert into complaints (complaint_id, status, complainant, customers, times_reopened, channel, filed_at, regulatory, contracts, level, clocks, breached)
       select id, 'resolved', id, array[id::text], 0, 'phone', filed_at, '{}', '{}', 0, clocks::jsonb, false
       from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as past (id, filed_at, clocks)`,
      [rows.map(({ id }) => id), rows.map(({ filedAt }) => filedAt), rows.map(({ clocks }) => JSON.stringify(clocks))],
    );
  }
};

/** How long it takes to say what one more holiday would do to the clocks of a hundred thousand past complaints. */
export const clockBenches = async (): Promise<readonly Result[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
  const postgres = await startPostgres({ folder });
  const pool = poolOver(postgres.url);
  try {
    const sql = sqlOver(pool);
    await sql(ddlOf(customerProfileTable));
    await sql(ddlOf(complaintsTable));
    await fill(sql);
    const list = named['holidays.cn'] as { ref: string; body: { daysOff: readonly string[] } };
    const daysOff = [...list.body.daysOff, '2025-07-09'].sort();
    const calendars = { ...named, 'holidays.cn': { ref: 'holidays.cn@2', body: { ...list.body, daysOff } } };
    const began = performance.now();
    let [complaints, differ] = [0, 0];
    for await (const page of recountAll(sql, {
      asking,
      onlyOpen: false,
      calendars: calendars as unknown as CalendarPolicies,
    })) {
      complaints += page.complaints;
      differ += page.differ.length;
    }
    const seconds = (performance.now() - began) / 1000;
    if (complaints !== COMPLAINTS || differ === 0) throw new Error(`${complaints} complaints, ${differ} clocks differ`);
    const ratio = GOAL_SECONDS / seconds;
    return [
      {
        ...{ id: 'sla-recount', ratio, low: ratio, high: ratio, floor: 0, goal: 1 },
        unit: 'of the goal left',
        durability: 'nothing is written',
        notes: `${seconds.toFixed(1)} s for ${COMPLAINTS} complaints, goal ${GOAL_SECONDS} s; ${differ} clocks would be due at another time`,
        raw: [seconds],
      },
    ];
  } finally {
    await pool.end();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
