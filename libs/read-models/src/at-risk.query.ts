import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { MayBeAbsent } from '#domain';
import { SQL, type Sql } from '#postgres';
import type { ChurnRiskRow } from './churn-risk/churn-risk.projection.js';
import type { CustomerProfileRow } from './customer-profile/customer-profile.projection.js';
import { customerProfileTable } from './customer-profile/customer-profile.table.js';
import { type FieldsOf, paged } from './fields.js';
import { Inquiry } from './inquiry.js';
import { IsLanguage, type Language } from './language.js';
import { cursorOf, IsCursor, IsLimit, isId, isWhole, type Page, pageOf, partsOf, shown } from './page.js';
import { type Opened, PERSONAL_ROWS, type PersonalRows } from './personal.js';
import { type RiskAnswer, riskAnswer, riskFields } from './risk-answer.js';
import { inScope, teamsInScope } from './scope.js';

type Named = Opened<CustomerProfileRow, 'name'>;
export type AtRiskAnswer = RiskAnswer & Readonly<{ name: Named['name']; kind: string | null }>;

export const atRiskFields: FieldsOf<Page<AtRiskAnswer>> = paged<AtRiskAnswer>(
  { ...riskFields, name: 'identity', kind: 'operational' },
  'behaviour',
);

/** Who is about to leave: by score, then by what they are worth. Who has left already is not among them. */
export class AtRisk extends Inquiry<Page<AtRiskAnswer>> {
  @MayBeAbsent() @IsLanguage() lang: Language = 'en';
  @IsLimit() limit = 50;
  @IsCursor(isWhole, isWhole, isId) cursor?: string;
}

type Row = ChurnRiskRow & Pick<AtRiskAnswer, 'kind'>;

@QueryHandler(AtRisk)
export class AtRiskHandler implements IQueryHandler<AtRisk> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
  ) {}

  async execute({ lang, limit, cursor, asking }: AtRisk): Promise<Page<AtRiskAnswer>> {
    const [score, netRevenue, id] = partsOf(cursor);
    const rows = await this.sql<Row>(
      `select risk.customer_id as "customerId", score, band, contributions, stage, net_revenue as "netRevenue", currency,
         next_change_on as "nextChangeOn", profile.sealed, profile.kind
       from churn_risk as risk left join customer_profile as profile using (customer_id)
       where score > 0 and registered and stage not in ('dormant', 'churned', 'closed', 'blocked', 'erased')
         and ${inScope('risk.customer_id', '$5')}
         and ($1::bigint is null or score < $1
           or score = $1 and (net_revenue < $2::bigint or net_revenue = $2::bigint and customer_id > $3::uuid))
       order by score desc, net_revenue desc, customer_id limit $4`,
      [score, netRevenue, id, limit + 1, teamsInScope(asking)],
    );
    const page = pageOf(rows, limit, (row) => cursorOf(String(row.score), String(row.netRevenue), row.customerId));
    const names = this.personal.open(asking, customerProfileTable, page.items, ['name']);
    const nameOf = new Map(names.map(({ customerId, name }) => [customerId, name]));
    return shown(page, (row) => ({
      ...riskAnswer(row, lang),
      name: nameOf.get(row.customerId) ?? null,
      kind: row.kind,
    }));
  }
}
