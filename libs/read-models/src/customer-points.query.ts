import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import { BUSINESS_CLOCK, type BusinessNow } from './clock.js';
import type { FieldsOf } from './fields.js';
import { Inquiry } from './inquiry.js';
import { IsLanguage, type Language } from './language.js';
import { PERSONAL_ROWS, type PersonalRows } from './personal.js';
import { type AccountAnswer, accountAnswer, accountFields } from './points/points.query.js';
import { pointsPersonal, pointsTable } from './points/points.table.js';

/** A customer's loyalty accounts; none where they never enrolled. */
export type CustomerPointsAnswer = Readonly<{ customerId: string; accounts: readonly AccountAnswer[] }>;

export const customerPointsFields: FieldsOf<CustomerPointsAnswer> = {
  customerId: 'operational',
  accounts: accountFields,
};

export class CustomerPoints extends Inquiry<CustomerPointsAnswer | null> {
  @IsId() id!: string;
  @MayBeAbsent() @IsLanguage() lang: Language = 'en';
}

@QueryHandler(CustomerPoints)
export class CustomerPointsHandler implements IQueryHandler<CustomerPoints> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
    @Inject(BUSINESS_CLOCK) private readonly clock: BusinessNow,
  ) {}

  async execute({ id, lang, asking }: CustomerPoints): Promise<CustomerPointsAnswer | null> {
    const rows = await this.sql<object>(
      `select ${columnsOf(pointsTable)} from points where member = $1 order by account_id`,
      [id],
    );
    if (rows.length === 0 && !(await this.isRegistered(id))) return null;
    const now = this.clock.now();
    return {
      customerId: id,
      accounts: this.personal
        .open(asking, pointsTable, rows, pointsPersonal)
        .map((row) => accountAnswer(row, now, lang)),
    };
  }

  private async isRegistered(id: string): Promise<boolean> {
    const found = await this.sql('select from customer_profile where customer_id = $1', [id]);
    return found.length > 0;
  }
}
