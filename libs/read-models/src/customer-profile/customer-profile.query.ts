import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn } from 'class-validator';
import { MayBeAbsent } from '#domain';
import { SQL, type Sql } from '#postgres';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { cursorOf, IsCursor, IsLimit, isId, isMoment, type Page, pageOf, partsOf } from '../page.js';
import { type Opened, PERSONAL_ROWS, type PersonalRows } from '../personal.js';
import { teamsInScope } from '../scope.js';
import type { CustomerProfileRow } from './customer-profile.projection.js';
import { customerProfileTable } from './customer-profile.table.js';

const kinds = ['individual', 'organization'] as const;
const statuses = ['registered', 'closed', 'blocked', 'erased'] as const;

type Listed = Opened<CustomerProfileRow, 'name'>;
export type CustomerAnswer = Pick<Listed, 'kind' | 'name' | 'status' | 'team' | 'registeredAt'> &
  Readonly<{ id: string }>;

export const customerFields: FieldsOf<CustomerAnswer> = {
  id: 'operational',
  kind: 'operational',
  name: 'identity',
  status: 'operational',
  team: 'operational',
  registeredAt: 'operational',
};

/** Customers, those registered last first. */
export class ListCustomers extends Inquiry<Page<CustomerAnswer>> {
  @MayBeAbsent() @IsIn(kinds) kind?: CustomerProfileRow['kind'];
  @MayBeAbsent() @IsIn(statuses) status?: CustomerProfileRow['status'];
  @IsLimit() limit = 50;
  @IsCursor(isMoment, isId) cursor?: string;
}

@QueryHandler(ListCustomers)
export class ListCustomersHandler implements IQueryHandler<ListCustomers> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
  ) {}

  async execute({ kind, status, limit, cursor, asking }: ListCustomers): Promise<Page<CustomerAnswer>> {
    const [registeredAt, id] = partsOf(cursor);
    const rows = await this.sql<CustomerProfileRow>(
      `select customer_id as "customerId", kind, sealed, status, team, registered_at as "registeredAt" from customer_profile
       where ($1::text is null or kind = $1) and ($2::text is null or status = $2)
         and ($3::timestamptz is null or (registered_at, customer_id) < ($3, $4::uuid))
         and ($6::text[] is null or team is null or team = any($6))
       order by registered_at desc, customer_id desc limit $5`,
      [kind, status, registeredAt, id, limit + 1, teamsInScope(asking)],
    );
    const { items, ...page } = pageOf(rows, limit, (row) => cursorOf(row.registeredAt, row.customerId));
    const listed = this.personal
      .open(asking, customerProfileTable, items, ['name'])
      .map(({ customerId: id, kind, name, status, team, registeredAt }) => ({
        id,
        kind,
        name,
        status,
        team,
        registeredAt,
      }));
    return { ...page, items: listed };
  }
}
