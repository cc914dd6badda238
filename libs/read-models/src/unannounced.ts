import type { Asking } from '#access';
import {
  type AnnouncedEvent,
  type Assessed,
  CALM,
  type Contribution,
  isNews,
  riskAnnounced,
  type Stage,
  stageAnnounced,
} from '#domain';
import type { Command } from '#kernel';
import { columnsOf, type Sql } from '#postgres';
import type { LifecycleRow } from './lifecycle/lifecycle.projection.js';
import { lifecycleTable } from './lifecycle/lifecycle.table.js';
import { inScope, teamsInScope } from './scope.js';

/** A customer of whom others believe something else than we conclude, and what would put that right. */
export type Unannounced = Readonly<{
  customerId: string;
  stage: Readonly<{ from: Stage | null; to: Stage; rule: string }> | null;
  risk: Readonly<{ from: Assessed; to: Assessed }> | null;
  commands: readonly Command[];
}>;
export type UnannouncedPage = Readonly<{ customers: number; differ: readonly Unannounced[] }>;

type Announced = Readonly<{ announcedStage: Stage | null; announcedScore: number | null; announcedBand: Band | null }>;
type Band = Extract<AnnouncedEvent, { type: 'ChurnRiskAssessed' }>['data']['band'];
type Concluded = LifecycleRow & Announced & Assessed & Readonly<{ contributions: readonly Contribution[] }>;

const PAGE = 1_000;
const { state: _, ...shown } = lifecycleTable.columns;
const COLUMNS = columnsOf({ ...lifecycleTable, columns: shown as typeof lifecycleTable.columns }, 'l');

/** Everybody whom whoever asks may see and of whom others believe something else, page by page in the order of their ids. */
export async function* allUnannounced(sql: Sql, asking: Asking): AsyncGenerator<UnannouncedPage> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows: readonly Concluded[] = await sql<Concluded>(
      `select ${COLUMNS}, risk.score, risk.band, risk.contributions,
         told.stage as "announcedStage", told.score as "announcedScore", told.band as "announcedBand"
       from lifecycle l join churn_risk risk using (customer_id)
         left join relationship_announced told using (customer_id)
       where customer_id > $1::uuid and ${inScope('l.customer_id', '$2')} order by customer_id limit ${PAGE}`,
      [after, teamsInScope(asking)],
    );
    yield { customers: rows.length, differ: rows.flatMap(unannouncedIn) };
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.customerId;
  }
}

/** How many customers that will be. */
export const countConcluded = async (sql: Sql, asking: Asking): Promise<number> => {
  const [row] = await sql<{ count: number }>(
    `select count(*)::integer as count from lifecycle l where ${inScope('l.customer_id', '$1')}`,
    [teamsInScope(asking)],
  );
  return row?.count ?? 0;
};

const unannouncedIn = (row: Concluded): readonly Unannounced[] => {
  const { customerId, stage: to, rule, announcedStage: from } = row;
  const stage = from === to ? null : { from, to, rule };
  const { announcedScore: score, announcedBand: band } = row;
  const [before, now] = [
    score === null || band === null ? CALM : { score, band },
    { score: row.score, band: row.band },
  ];
  const risk = isNews(before, now) ? { from: before, to: now } : null;
  const commands = [
    ...(stage ? [stageAnnounced(row, from ?? undefined)] : []),
    ...(risk ? [riskAnnounced(row, before)] : []),
  ];
  return commands.length > 0 ? [{ customerId, stage, risk, commands }] : [];
};
