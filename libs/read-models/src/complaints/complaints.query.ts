import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn } from 'class-validator';
import { type Clock, IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { cursorOf, IsCursor, IsLimit, isId, isMoment, type Page, pageOf, partsOf } from '../page.js';
import { type Opened, PERSONAL_ROWS, type PersonalRows } from '../personal.js';
import { anyInScope, teamsInScope } from '../scope.js';
import { type ComplaintRow, type ComplaintStatus, complaintStatuses } from './complaints.projection.js';
import { complaintPersonal, complaintsTable } from './complaints.table.js';

export type OpenedComplaint = Opened<ComplaintRow, (typeof complaintPersonal)[number]>;
export type ComplaintAnswer = Omit<OpenedComplaint, 'complaintId' | 'customers' | 'clocks' | 'nextDueAt'> &
  Readonly<{ id: string; clocks: readonly ClockAnswer[] }>;
/** Due, while it stands still: if the hold had not begun. Times in milliseconds of working time. */
export type ClockAnswer = Pick<
  Clock,
  'clock' | 'status' | 'startedAt' | 'dueAt' | 'breached' | 'remainingMs' | 'stoppedAt' | 'met' | 'elapsedMs'
>;

export const complaintFields: FieldsOf<ComplaintAnswer> = {
  id: 'operational',
  status: 'operational',
  complainant: 'operational',
  onBehalfOf: 'operational',
  bookingId: 'operational',
  category: 'operational',
  severity: 'operational',
  team: 'operational',
  agent: 'operational',
  text: 'free_text',
  desiredOutcome: 'free_text',
  outcome: 'operational',
  remedy: 'operational',
  explanation: 'free_text',
  timesReopened: 'operational',
  channel: 'operational',
  incidentAt: 'operational',
  filedAt: 'operational',
  acknowledgedAt: 'operational',
  resolvedAt: 'operational',
  closedAt: 'operational',
  regulatory: 'operational',
  tierAtFiling: 'operational',
  contracts: 'operational',
  level: 'operational',
  escalatedAt: 'operational',
  escalationReason: 'operational',
  hold: 'operational',
  heldSince: 'operational',
  respondedAt: 'operational',
  clocks: 'operational',
  dueAt: 'operational',
  breached: 'operational',
};

/** Complaints, the latest first; of one customer or in one status. */
export class ListComplaints extends Inquiry<Page<ComplaintAnswer>> {
  @MayBeAbsent() @IsId() customer?: string;
  @MayBeAbsent() @IsIn(complaintStatuses) status?: ComplaintStatus;
  @IsLimit() limit = 50;
  @IsCursor(isMoment, isId) cursor?: string;
}

@QueryHandler(ListComplaints)
export class ListComplaintsHandler implements IQueryHandler<ListComplaints> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
  ) {}

  async execute({ customer, status, limit, cursor, asking }: ListComplaints): Promise<Page<ComplaintAnswer>> {
    const [filedAt, complaintId] = partsOf(cursor);
    const rows = await this.sql<ComplaintRow>(
      `select ${columnsOf(complaintsTable)} from complaints
       where ($1::text is null or customers @> array[$1::text]) and ($2::text is null or status = $2)
         and ($3::timestamptz is null or (filed_at, complaint_id) < ($3, $4::uuid))
         and ${anyInScope('customers', '$6')}
       order by filed_at desc, complaint_id desc limit $5`,
      [customer, status, filedAt, complaintId, limit + 1, teamsInScope(asking)],
    );
    const { items, ...page } = pageOf(rows, limit, (row) => cursorOf(row.filedAt, row.complaintId));
    return {
      ...page,
      items: this.personal.open(asking, complaintsTable, items, complaintPersonal).map(complaintAnswer),
    };
  }
}

/** What is due: open complaints with a clock that runs, the most urgent first; those that are late, or not yet. */
export class DueComplaints extends Inquiry<Page<ComplaintAnswer>> {
  @MayBeAbsent() @IsIn(['late', 'in_time']) only?: 'late' | 'in_time';
  @IsLimit() limit = 50;
  @IsCursor(isMoment, isId) cursor?: string;
}

@QueryHandler(DueComplaints)
export class DueComplaintsHandler implements IQueryHandler<DueComplaints> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
  ) {}

  async execute({ only, limit, cursor, asking }: DueComplaints): Promise<Page<ComplaintAnswer>> {
    const [dueAt, complaintId] = partsOf(cursor);
    const rows = await this.sql<ComplaintRow>(
      `select ${columnsOf(complaintsTable)} from complaints
       where due_at is not null and ($1::text is null or breached = ($1 = 'late'))
         and ($2::timestamptz is null or (due_at, complaint_id) > ($2, $3::uuid))
         and ${anyInScope('customers', '$5')}
       order by due_at, complaint_id limit $4`,
      [only, dueAt, complaintId, limit + 1, teamsInScope(asking)],
    );
    const { items, ...page } = pageOf(rows, limit, (row) => cursorOf(String(row.dueAt), row.complaintId));
    return {
      ...page,
      items: this.personal.open(asking, complaintsTable, items, complaintPersonal).map(complaintAnswer),
    };
  }
}

export const complaintAnswer = ({
  complaintId: id,
  customers: _,
  nextDueAt: __,
  clocks,
  ...complaint
}: OpenedComplaint): ComplaintAnswer => ({ id, ...complaint, clocks: clocks.map(clockAnswer) });

const clockAnswer = (clock: Clock): ClockAnswer => {
  const { clock: name, status, startedAt, dueAt, breached, remainingMs, stoppedAt, met, elapsedMs } = clock;
  return { clock: name, status, startedAt, dueAt, breached, remainingMs, stoppedAt, met, elapsedMs };
};
