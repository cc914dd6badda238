import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { ValidateIf } from 'class-validator';
import { IsText, MayBeAbsent, Rule } from '#domain';
import { SQL, type Sql } from '#postgres';
import type { CustomerProfileRow } from './customer-profile/customer-profile.projection.js';
import { customerProfileTable } from './customer-profile/customer-profile.table.js';
import { type SearchKind, searchKinds } from './customer-search/customer-search.projection.js';
import type { FieldsOf } from './fields.js';
import { Inquiry } from './inquiry.js';
import { cursorOf, IsCursor, IsLimit, isId, type Page, pageOf, partsOf, shown } from './page.js';
import { type Opened, PERSONAL_ROWS, type PersonalRows } from './personal.js';
import { inScope, teamsInScope } from './scope.js';

/** `found` says by what. */
type Named = Opened<CustomerProfileRow, 'name'>;
export type FoundCustomer = Readonly<{ id: string; name: Named['name']; found: readonly SearchKind[] }>;

export const foundFields: FieldsOf<FoundCustomer> = { id: 'operational', name: 'identity', found: 'operational' };
type Found = Readonly<{ customerId: string; found: readonly SearchKind[] }>;

const fields: Readonly<Record<string, readonly SearchKind[]>> = {
  phone: ['phone'],
  email: ['email'],
  name: ['name'],
  number: ['identifier', 'document', 'member_number'],
  orderNumber: ['order_number'],
  query: searchKinds,
};
const ASK_ONCE = `text of 1 to 200 characters, where none of the others is given: one of ${Object.keys(fields).join(', ')}`;
const isSought = (value: unknown) =>
  value === undefined || (typeof value === 'string' && value.trim() !== '' && value.length <= 200);
const asked = (question: object) => Object.keys(fields).filter((field) => Reflect.get(question, field) !== undefined);

/** Who is found by one value: exactly that one, however it is spelled. `query` may be any of them. */
export class SearchCustomers extends Inquiry<Page<FoundCustomer>> {
  @MayBeAbsent() @IsText(200) phone?: string;
  @MayBeAbsent() @IsText(320) email?: string;
  @MayBeAbsent() @IsText(200) name?: string;
  @MayBeAbsent() @IsText(200) number?: string;
  @MayBeAbsent() @IsText(200) orderNumber?: string;
  @ValidateIf(() => true)
  @Rule('asksOnce', (value, question) => isSought(value) && asked(question).length === 1, ASK_ONCE)
  query?: string;
  @IsLimit() limit = 50;
  @IsCursor(isId) cursor?: string;
}

@QueryHandler(SearchCustomers)
export class SearchCustomersHandler implements IQueryHandler<SearchCustomers> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
  ) {}

  async execute({ limit, cursor, asking, ...question }: SearchCustomers): Promise<Page<FoundCustomer>> {
    const [field = 'query'] = asked(question);
    const kinds = fields[field] as readonly SearchKind[];
    const value = String(Reflect.get(question, field));
    const [after] = partsOf(cursor);
    const values = kinds.map((kind) => this.personal.blind(kind, value));
    const rows = await this.sql<Found>(
      `select found.*, profile.sealed from (
         select customer_id as "customerId", array_agg(distinct kind) as found from customer_search
         where (kind, value) in (select * from unnest($1::text[], $2::text[])) and ($3::uuid is null or customer_id > $3)
           and ${inScope('customer_search.customer_id', '$5')}
         group by customer_id order by customer_id limit $4) as found
       left join customer_profile as profile on profile.customer_id = found."customerId" order by found."customerId"`,
      [kinds, values, after, limit + 1, teamsInScope(asking)],
    );
    const page = pageOf(rows, limit, ({ customerId }) => cursorOf(customerId));
    const names = this.personal.open(asking, customerProfileTable, page.items, ['name']);
    const nameOf = new Map(names.map(({ customerId, name }) => [customerId, name]));
    return shown(page, ({ customerId, found }) => ({ id: customerId, name: nameOf.get(customerId) ?? null, found }));
  }
}
