import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { LoyaltyProgramme } from '#domain';
import { SQL, type Sql } from '#postgres';
import { BUSINESS_CLOCK, type BusinessNow } from './clock.js';
import type { FieldsOf } from './fields.js';
import { Inquiry } from './inquiry.js';
import { nothingOutstanding, type Outstanding, outstandingWith, type Weight, weightOf } from './points/liability.js';
import type { PointsRow } from './points/points.projection.js';
import { inScope, teamsInScope } from './scope.js';

type ProgrammeLiability = Outstanding &
  Weight &
  Readonly<{
    programme: string;
    /** The version of the programme that is in force; null: none is. */
    rule: string | null;
  }>;

export type LiabilityAnswer = Readonly<{ programmes: readonly ProgrammeLiability[] }>;

export const liabilityFields: FieldsOf<LiabilityAnswer> = {
  programmes: {
    programme: 'operational',
    rule: 'operational',
    accounts: 'commercial',
    active: 'commercial',
    reserved: 'commercial',
    pending: 'commercial',
    owed: 'commercial',
    expired: 'commercial',
    liability: 'commercial',
    breakage: 'commercial',
  },
};

/** Of each programme, now: what is owed to its members in points, what that weighs in the books, and what expired unused. */
export class LoyaltyLiability extends Inquiry<LiabilityAnswer> {}

type Row = Pick<PointsRow, 'accountId' | 'member' | 'programme' | 'lots' | 'debt' | 'redemptions'>;
type Rule = Readonly<{ name: string; ref: string; body: LoyaltyProgramme }>;

const PAGE = 1_000;

@QueryHandler(LoyaltyLiability)
export class LoyaltyLiabilityHandler implements IQueryHandler<LoyaltyLiability> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(BUSINESS_CLOCK) private readonly clock: BusinessNow,
  ) {}

  async execute({ asking }: LoyaltyLiability): Promise<LiabilityAnswer> {
    const now = this.clock.now();
    const found = new Map<string, Outstanding>();
    for await (const row of this.accounts(teamsInScope(asking)))
      found.set(row.programme, outstandingWith(found.get(row.programme) ?? nothingOutstanding, row, now));
    const rules = await this.rulesAt(now);
    const programmes = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      programmes: programmes.map(([programme, outstanding]) => {
        const rule = rules.get(programme);
        const weight = weightOf(outstanding, rule?.body.valuation ?? null);
        return { programme, rule: rule?.ref ?? null, ...outstanding, ...weight };
      }),
    };
  }

  private async *accounts(teams: ReturnType<typeof teamsInScope>): AsyncGenerator<Row> {
    for (let last: string | null = null; ; ) {
      const page: readonly Row[] = await this.sql<Row>(
        `select account_id as "accountId", member, programme, lots, debt, redemptions from points
         where ($1::uuid is null or account_id > $1) and ${inScope('member', '$3')}
         order by account_id limit $2`,
        [last, PAGE, teams],
      );
      yield* page;
      if (page.length < PAGE) return;
      last = page.at(-1)?.accountId ?? null;
    }
  }

  private async rulesAt(instant: string): Promise<ReadonlyMap<string, Rule>> {
    const rules = await this.sql<Rule>(
      `select distinct on (name) name, ref, body from policies
       where kind = 'loyalty' and corrected_by is null and effective_from <= $1
       order by name, effective_from desc, version desc`,
      [instant],
    );
    return new Map(rules.map((rule) => [rule.name, rule]));
  }
}
