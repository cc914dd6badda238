import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import { BUSINESS_CLOCK, type BusinessNow } from '../clock.js';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { IsLanguage, type Language } from '../language.js';
import { cursorOf, IsCursor, IsLimit, isId, isMoment, type Page, pageOf, partsOf } from '../page.js';
import { type Opened, PERSONAL_ROWS, type PersonalRows } from '../personal.js';
import { inScope, teamsInScope } from '../scope.js';
import { type Balance, balanceAt } from './balance.js';
import type { PointsRow } from './points.projection.js';
import { pointsPersonal, pointsTable } from './points.table.js';

export type OpenedAccount = Opened<PointsRow, (typeof pointsPersonal)[number]>;
export type AccountAnswer = Readonly<{
  id: string;
  customer: string;
  programme: string;
  memberNumber: OpenedAccount['memberNumber'];
  enrolledAt: string;
}> &
  Balance;

export const accountFields: FieldsOf<AccountAnswer> = {
  id: 'operational',
  customer: 'operational',
  programme: 'operational',
  memberNumber: 'identity',
  enrolledAt: 'operational',
  balance: 'commercial',
  spendable: 'commercial',
  pending: 'commercial',
  reserved: 'commercial',
  debt: 'commercial',
  qualifying: 'commercial',
  batches: 'commercial',
};

/** Loyalty accounts, the latest first, with what they are worth now. */
export class ListLoyaltyAccounts extends Inquiry<Page<AccountAnswer>> {
  @MayBeAbsent() @IsId() customer?: string;
  @MayBeAbsent() @IsLanguage() lang: Language = 'en';
  @IsLimit() limit = 50;
  @IsCursor(isMoment, isId) cursor?: string;
}

@QueryHandler(ListLoyaltyAccounts)
export class ListLoyaltyAccountsHandler implements IQueryHandler<ListLoyaltyAccounts> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
    @Inject(BUSINESS_CLOCK) private readonly clock: BusinessNow,
  ) {}

  async execute({ customer, lang, limit, cursor, asking }: ListLoyaltyAccounts): Promise<Page<AccountAnswer>> {
    const [enrolledAt, accountId] = partsOf(cursor);
    const rows = await this.sql<PointsRow>(
      `select ${columnsOf(pointsTable)} from points
       where ($1::uuid is null or member = $1)
         and ($2::timestamptz is null or (enrolled_at, account_id) < ($2, $3::uuid))
         and ${inScope('member', '$5')}
       order by enrolled_at desc, account_id desc limit $4`,
      [customer, enrolledAt, accountId, limit + 1, teamsInScope(asking)],
    );
    const now = this.clock.now();
    const { items, ...page } = pageOf(rows, limit, (row) => cursorOf(row.enrolledAt, row.accountId));
    const opened = this.personal.open(asking, pointsTable, items, pointsPersonal);
    return { ...page, items: opened.map((row) => accountAnswer(row, now, lang)) };
  }
}

export const accountAnswer = (row: OpenedAccount, now: string, lang: Language): AccountAnswer => ({
  id: row.accountId,
  customer: row.member,
  programme: row.programme,
  memberNumber: row.memberNumber,
  enrolledAt: row.enrolledAt,
  ...balanceAt(row, now, lang),
});
