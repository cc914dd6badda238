import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsCode, MayBeAbsent } from '#domain';
import type { Actor } from '#kernel';
import { columnsOf, SQL, type Sql } from '#postgres';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { cursorOf, IsCursor, IsLimit, isWhole, type Page, pageOf, partsOf, shown } from '../page.js';
import type { PolicyRow } from './policies.projection.js';
import { policiesTable } from './policies.table.js';

export type PolicyAnswer = Omit<PolicyRow, 'actorKind' | 'actorId'> & Readonly<{ actor: Actor }>;

export const policyFields: FieldsOf<PolicyAnswer> = {
  ref: 'operational',
  kind: 'operational',
  name: 'operational',
  version: 'operational',
  effectiveFrom: 'operational',
  body: 'operational',
  corrects: 'operational',
  reason: 'operational',
  correctedBy: 'operational',
  publishedAt: 'operational',
  actor: 'audit',
};

const isCode = (part: unknown) => typeof part === 'string' && part.length <= 64;

/** The rules of the company: of each kind and name every version, the latest first. */
export class ListPolicies extends Inquiry<Page<PolicyAnswer>> {
  @MayBeAbsent() @IsCode() kind?: string;
  @MayBeAbsent() @IsCode() name?: string;
  @IsLimit() limit = 50;
  @IsCursor(isCode, isCode, isWhole) cursor?: string;
}

@QueryHandler(ListPolicies)
export class ListPoliciesHandler implements IQueryHandler<ListPolicies> {
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  async execute({ kind, name, limit, cursor }: ListPolicies): Promise<Page<PolicyAnswer>> {
    const [afterKind, afterName, version] = partsOf(cursor);
    const rows = await this.sql<PolicyRow>(
      `select ${columnsOf(policiesTable)} from policies
       where ($1::text is null or kind = $1) and ($2::text is null or name = $2)
         and ($3::text is null or (kind, name, -version) > ($3, $4, -$5::bigint))
       order by kind, name, version desc limit $6`,
      [kind, name, afterKind, afterName, version, limit + 1],
    );
    return shown(
      pageOf(rows, limit, (row) => cursorOf(row.kind, row.name, String(row.version))),
      ({ actorKind, actorId: id, ...row }) => ({ ...row, actor: { kind: actorKind, id } }),
    );
  }
}
