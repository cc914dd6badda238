import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ValidateIf } from 'class-validator';
import { IsText, MayBeAbsent, Rule } from '#domain';
import { SQL, type Sql } from '#postgres';
import { cursorOf, IsCursor, IsLimit, isId, type Page, pageOf, partsOf } from '../page.js';
import { type SearchKind, searchKinds, spelling } from './customer-search.projection.js';

/** `found` says by what. */
export type FoundCustomer = Readonly<{ id: string; name: string | null; found: readonly SearchKind[] }>;

const fields: Readonly<Record<string, readonly SearchKind[]>> = {
  phone: ['phone'],
  email: ['email'],
  name: ['name'],
  number: ['identifier', 'member_number'],
  orderNumber: ['order_number'],
  query: searchKinds,
};
const ASK_ONCE = `text of 1 to 200 characters, where none of the others is given: one of ${Object.keys(fields).join(', ')}`;
const isSought = (value: unknown) =>
  value === undefined || (typeof value === 'string' && value.trim() !== '' && value.length <= 200);
const asked = (question: object) => Object.keys(fields).filter((field) => Reflect.get(question, field) !== undefined);

/** Who is found by one value: exactly that one, however it is spelled. `query` may be any of them. */
export class SearchCustomers extends Query<Page<FoundCustomer>> {
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
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  async execute({ limit, cursor, ...question }: SearchCustomers): Promise<Page<FoundCustomer>> {
    const [field = 'query'] = asked(question);
    const kinds = fields[field] as readonly SearchKind[];
    const value = String(Reflect.get(question, field));
    const [after] = partsOf(cursor);
    const rows = await this.sql<FoundCustomer>(
      `select customer_id as id, array_agg(distinct kind) as found,
         (select min(shown) from customer_search as own where own.customer_id = entry.customer_id and kind = 'name') as name
       from customer_search as entry
       where (kind, value) in (select * from unnest($1::text[], $2::text[])) and ($3::uuid is null or customer_id > $3)
       group by customer_id order by customer_id limit $4`,
      [kinds, kinds.map((kind) => spelling(kind, value)), after, limit + 1],
    );
    return pageOf(rows, limit, ({ id }) => cursorOf(id));
  }
}
