import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IsIn } from 'class-validator';
import { MayBeAbsent } from '#domain';
import { SQL, type Sql } from '#postgres';
import { cursorOf, IsCursor, IsLimit, isId, isMoment, type Page, pageOf, partsOf } from '../page.js';
import type { CustomerProfileRow } from './customer-profile.projection.js';

const kinds = ['individual', 'organization'] as const;
const statuses = ['registered', 'closed', 'blocked'] as const;

export type CustomerAnswer = Pick<CustomerProfileRow, 'kind' | 'name' | 'status' | 'registeredAt'> &
  Readonly<{ id: string }>;

/** Customers, those registered last first. */
export class ListCustomers extends Query<Page<CustomerAnswer>> {
  @MayBeAbsent() @IsIn(kinds) kind?: CustomerProfileRow['kind'];
  @MayBeAbsent() @IsIn(statuses) status?: CustomerProfileRow['status'];
  @IsLimit() limit = 50;
  @IsCursor(isMoment, isId) cursor?: string;
}

@QueryHandler(ListCustomers)
export class ListCustomersHandler implements IQueryHandler<ListCustomers> {
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  async execute({ kind, status, limit, cursor }: ListCustomers): Promise<Page<CustomerAnswer>> {
    const [registeredAt, id] = partsOf(cursor);
    const rows = await this.sql<CustomerAnswer>(
      `select customer_id as id, kind, name, status, registered_at as "registeredAt" from customer_profile
       where ($1::text is null or kind = $1) and ($2::text is null or status = $2)
         and ($3::timestamptz is null or (registered_at, customer_id) < ($3, $4::uuid))
       order by registered_at desc, customer_id desc limit $5`,
      [kind, status, registeredAt, id, limit + 1],
    );
    return pageOf(rows, limit, (row) => cursorOf(row.registeredAt, row.id));
  }
}
