import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn } from 'class-validator';
import { IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { cursorOf, IsCursor, IsLimit, isId, isMoment, type Page, pageOf, partsOf } from '../page.js';
import { type Opened, PERSONAL_ROWS, type PersonalRows } from '../personal.js';
import { inScope, teamsInScope } from '../scope.js';
import { type CallbackRow, callbackStatuses } from './callbacks.projection.js';
import { callbackPersonal, callbacksTable } from './callbacks.table.js';

export type OpenedCallback = Opened<CallbackRow, (typeof callbackPersonal)[number]>;
export type CallbackAnswer = Omit<OpenedCallback, 'callbackId'> & Readonly<{ id: string }>;

export const callbackFields: FieldsOf<CallbackAnswer> = {
  id: 'operational',
  status: 'operational',
  requester: 'operational',
  topic: 'operational',
  windows: 'operational',
  dueFrom: 'operational',
  dueBy: 'operational',
  deadline: 'operational',
  zone: 'operational',
  contactPointId: 'operational',
  relatedTo: 'operational',
  note: 'free_text',
  attempts: 'operational',
  lastResult: 'operational',
  late: 'operational',
  outcome: 'operational',
  requestedAt: 'operational',
  endedAt: 'operational',
};

/** Callbacks, the most urgent first; of one customer or in one status. */
export class ListCallbacks extends Inquiry<Page<CallbackAnswer>> {
  @MayBeAbsent() @IsId() customer?: string;
  @MayBeAbsent() @IsIn(callbackStatuses) status?: CallbackRow['status'];
  @IsLimit() limit = 50;
  @IsCursor(isMoment, isId) cursor?: string;
}

@QueryHandler(ListCallbacks)
export class ListCallbacksHandler implements IQueryHandler<ListCallbacks> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
  ) {}

  async execute({ customer, status, limit, cursor, asking }: ListCallbacks): Promise<Page<CallbackAnswer>> {
    const [dueBy, callbackId] = partsOf(cursor);
    const rows = await this.sql<CallbackRow>(
      `select ${columnsOf(callbacksTable)} from callbacks
       where ($1::uuid is null or requester = $1) and ($2::text is null or status = $2)
         and ($3::timestamptz is null or (due_by, callback_id) > ($3, $4::uuid))
         and ${inScope('requester', '$6')}
       order by due_by, callback_id limit $5`,
      [customer, status, dueBy, callbackId, limit + 1, teamsInScope(asking)],
    );
    const { items, ...page } = pageOf(rows, limit, (row) => cursorOf(row.dueBy, row.callbackId));
    return { ...page, items: this.personal.open(asking, callbacksTable, items, callbackPersonal).map(callbackAnswer) };
  }
}

export const callbackAnswer = ({ callbackId: id, ...callback }: OpenedCallback): CallbackAnswer => ({
  id,
  ...callback,
});
