import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { IsLanguage, type Language, phraseOf } from '../language.js';
import type { LifecycleRow } from './lifecycle.projection.js';
import { lifecycleTable } from './lifecycle.table.js';

/** `reason` is the rule in words. */
export type LifecycleAnswer = Omit<LifecycleRow, 'state'> & Readonly<{ reason: string }>;

export const lifecycleFields: FieldsOf<LifecycleAnswer> = {
  customerId: 'operational',
  stage: 'behaviour',
  overlay: 'behaviour',
  since: 'behaviour',
  rule: 'behaviour',
  inputs: 'behaviour',
  evidence: 'behaviour',
  nextChangeOn: 'behaviour',
  reason: 'behaviour',
};

/** Where the relationship with a customer stands, since when, and why. */
export class CustomerLifecycle extends Inquiry<LifecycleAnswer | null> {
  @IsId() id!: string;
  @MayBeAbsent() @IsLanguage() lang: Language = 'en';
}

@QueryHandler(CustomerLifecycle)
export class CustomerLifecycleHandler implements IQueryHandler<CustomerLifecycle> {
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  async execute({ id, lang }: CustomerLifecycle): Promise<LifecycleAnswer | null> {
    const [row] = await this.sql<LifecycleRow>(
      `select ${columnsOf(lifecycleTable)} from lifecycle where customer_id = $1`,
      [id],
    );
    if (!row?.state.registered) return null;
    const { state: _, ...standing } = row;
    const facts = Object.entries(row.inputs).map(([name, value]) => [name, value ?? '']);
    return { ...standing, reason: phraseOf(`relationship.rule-${row.rule}`, Object.fromEntries(facts), lang) };
  }
}
