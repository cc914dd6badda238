import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { Matches } from 'class-validator';
import { LOG_IDENTITY, type LogIdentity } from '#application';
import { endOfLocalDay, IsId, IsLocalDate, MayBeAbsent, startOfLocalDay } from '#domain';
import type { Actor } from '#kernel';
import { columnsOf, SQL, type Sql } from '#postgres';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { cursorOf, IsCursor, IsLimit, isWhole, type Page, pageOf, partsOf, shown } from '../page.js';
import { inScope, teamsInScope } from '../scope.js';
import type { AccessLogRow } from './access-log.projection.js';
import { accessLogTable } from './access-log.table.js';

export type AccessAnswer = Omit<AccessLogRow, 'actorKind' | 'actorId'> & Readonly<{ actor: Actor }>;

export const accessFields: FieldsOf<AccessAnswer> = {
  position: 'audit',
  type: 'audit',
  at: 'audit',
  actor: 'audit',
  subject: 'audit',
  fields: 'audit',
  purpose: 'audit',
  through: 'audit',
};

/** Who read what of whom, and who asked for what is not theirs, the latest first. Days of the company, both included. */
export class ListAccesses extends Inquiry<Page<AccessAnswer>> {
  @MayBeAbsent() @IsId() subject?: string;
  @MayBeAbsent() @Matches(/^[\x21-\x7e]{1,255}$/) actor?: string;
  @MayBeAbsent() @IsLocalDate() from?: string;
  @MayBeAbsent() @IsLocalDate() to?: string;
  @IsLimit() limit = 50;
  @IsCursor(isWhole) cursor?: string;
}

@QueryHandler(ListAccesses)
export class ListAccessesHandler implements IQueryHandler<ListAccesses> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(LOG_IDENTITY) private readonly log: Pick<LogIdentity, 'company'>,
  ) {}

  async execute({ subject, actor, from, to, limit, cursor, asking }: ListAccesses): Promise<Page<AccessAnswer>> {
    const { zone } = this.log.company;
    const [position] = partsOf(cursor);
    const rows = await this.sql<AccessLogRow>(
      `select ${columnsOf(accessLogTable)} from access_log
       where ($1::uuid is null or subject = $1) and ($2::text is null or actor_id = $2)
         and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at < $4)
         and ($5::bigint is null or position < $5) and ${inScope('subject', '$7')}
       order by position desc limit $6`,
      [
        subject,
        actor,
        from && startOfLocalDay(from, zone),
        to && endOfLocalDay(to, zone),
        position,
        limit + 1,
        teamsInScope(asking),
      ],
    );
    return shown(
      pageOf(rows, limit, (row) => cursorOf(String(row.position))),
      ({ actorKind: kind, actorId: id, ...row }) => ({ ...row, actor: { kind, id } }),
    );
  }
}

/** Who read what of one customer. */
export class CustomerAccesses extends Inquiry<Page<AccessAnswer>> {
  @IsId() id!: string;
  @MayBeAbsent() @IsLocalDate() from?: string;
  @MayBeAbsent() @IsLocalDate() to?: string;
  @IsLimit() limit = 50;
  @IsCursor(isWhole) cursor?: string;
}

@QueryHandler(CustomerAccesses)
export class CustomerAccessesHandler implements IQueryHandler<CustomerAccesses> {
  private readonly all: ListAccessesHandler;

  constructor(@Inject(SQL) sql: Sql, @Inject(LOG_IDENTITY) log: Pick<LogIdentity, 'company'>) {
    this.all = new ListAccessesHandler(sql, log);
  }

  execute({ id: subject, asking, ...asked }: CustomerAccesses): Promise<Page<AccessAnswer>> {
    return this.all.execute(Object.assign(new ListAccesses(asking), asked, { subject }));
  }
}
