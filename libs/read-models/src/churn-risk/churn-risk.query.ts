import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import { Inquiry } from '../inquiry.js';
import { IsLanguage, type Language } from '../language.js';
import { type RiskAnswer, riskAnswer } from '../risk-answer.js';
import type { ChurnRiskRow } from './churn-risk.projection.js';
import { churnRiskTable } from './churn-risk.table.js';

/** How likely a customer is to leave, and what makes us think so. */
export class CustomerChurn extends Inquiry<RiskAnswer | null> {
  @IsId() id!: string;
  @MayBeAbsent() @IsLanguage() lang: Language = 'en';
}

@QueryHandler(CustomerChurn)
export class CustomerChurnHandler implements IQueryHandler<CustomerChurn> {
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  async execute({ id, lang }: CustomerChurn): Promise<RiskAnswer | null> {
    const [row] = await this.sql<ChurnRiskRow>(
      `select ${columnsOf(churnRiskTable)} from churn_risk where customer_id = $1 and registered`,
      [id],
    );
    return row ? riskAnswer(row, lang) : null;
  }
}
