import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn } from 'class-validator';
import { IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { IsLanguage, type Language, languageOr, phraseOf } from '../language.js';
import { cursorOf, IsCursor, IsLimit, isMoment, isWhole, type Page, pageOf, partsOf, shown } from '../page.js';
import type { CustomerTimelineRow } from './customer-timeline.projection.js';
import { customerTimelineTable } from './customer-timeline.table.js';

/** `text` says in words what the fact meant; null where nobody has words for it. */
export type TimelineEntry = Omit<CustomerTimelineRow, 'customerId'> & Readonly<{ text: string | null }>;

/** Sums of money stand in the words. */
export const timelineFields: FieldsOf<TimelineEntry> = {
  position: 'operational',
  roles: 'operational',
  stream: 'operational',
  revision: 'operational',
  eventId: 'operational',
  type: 'operational',
  occurredAt: 'operational',
  recordedAt: 'operational',
  zone: 'operational',
  channel: 'operational',
  actor: 'operational',
  backfill: 'operational',
  sentiment: 'behaviour',
  summary: 'operational',
  params: 'commercial',
  text: 'commercial',
};

const orders = ['desc', 'asc'] as const;

/** What happened with a customer, by when it happened, the latest first. */
export class CustomerTimeline extends Inquiry<Page<TimelineEntry> | null> {
  @IsId() id!: string;
  @MayBeAbsent() @IsIn(orders) order: (typeof orders)[number] = 'desc';
  @MayBeAbsent() @IsLanguage() lang: Language = 'en';
  @IsLimit() limit = 50;
  @IsCursor(isMoment, isWhole) cursor?: string;
}

const COLUMNS = columnsOf(customerTimelineTable);
const REGISTERED = `exists (select from customer_timeline
  where customer_id = $1 and type in ('IndividualRegistered', 'OrganizationRegistered'))`;

@QueryHandler(CustomerTimeline)
export class CustomerTimelineHandler implements IQueryHandler<CustomerTimeline> {
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  async execute({ id, order, lang, limit, cursor }: CustomerTimeline): Promise<Page<TimelineEntry> | null> {
    const [known] = await this.sql<{ registered: boolean }>(`select ${REGISTERED} as registered`, [id]);
    if (!known?.registered) return null;
    const [occurredAt, position] = partsOf(cursor);
    const rows = await this.sql<CustomerTimelineRow>(
      `select ${COLUMNS} from customer_timeline
       where customer_id = $1
         and ($2::timestamptz is null or (occurred_at, position) ${order === 'asc' ? '>' : '<'} ($2, $3::bigint))
       order by occurred_at ${order}, position ${order} limit $4`,
      [id, occurredAt, position, limit + 1],
    );
    return shown(
      pageOf(rows, limit, (row) => cursorOf(row.occurredAt, String(row.position))),
      (row) => entry(row, lang),
    );
  }
}

/** What was recorded about a customer behind a position, in that order: for who follows. Null: it is not theirs to know. */
export class TimelineAfter extends Inquiry<readonly TimelineEntry[] | null> {
  id!: string;
  position!: bigint;
  limit = 200;
  lang = 'en';
}

@QueryHandler(TimelineAfter)
export class TimelineAfterHandler implements IQueryHandler<TimelineAfter> {
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  async execute({ id, position, limit, lang }: TimelineAfter): Promise<readonly TimelineEntry[]> {
    const rows = await this.sql<CustomerTimelineRow>(
      `select ${COLUMNS} from customer_timeline where customer_id = $1 and position > $2 order by position limit $3`,
      [id, position, limit],
    );
    return rows.map((row) => entry(row, languageOr(lang, 'en')));
  }
}

const entry = ({ customerId: _, ...row }: CustomerTimelineRow, language: Language): TimelineEntry => ({
  ...row,
  text: row.summary === null ? null : phraseOf(row.summary, row.params, language),
});
