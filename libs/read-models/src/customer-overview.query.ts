import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Asking } from '#access';
import { IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import type { BookingRow } from './bookings/bookings.projection.js';
import { type BookingAnswer, bookingAnswer, bookingFields } from './bookings/bookings.query.js';
import { bookingsTable } from './bookings/bookings.table.js';
import { type CallbackAnswer, callbackAnswer, callbackFields } from './callbacks/callbacks.query.js';
import { callbackPersonal, callbacksTable } from './callbacks/callbacks.table.js';
import type { ChurnRiskRow } from './churn-risk/churn-risk.projection.js';
import { BUSINESS_CLOCK, type BusinessNow } from './clock.js';
import { openComplaintStatuses } from './complaints/complaints.projection.js';
import { type ComplaintAnswer, complaintAnswer, complaintFields } from './complaints/complaints.query.js';
import { complaintPersonal, complaintsTable } from './complaints/complaints.table.js';
import type { CustomerProfileRow } from './customer-profile/customer-profile.projection.js';
import { customerProfileTable, profilePersonal } from './customer-profile/customer-profile.table.js';
import type { FieldsOf } from './fields.js';
import { Inquiry } from './inquiry.js';
import { IsLanguage, type Language } from './language.js';
import type { LifecycleRow } from './lifecycle/lifecycle.projection.js';
import { type Opened, PERSONAL_ROWS, type PersonalRows } from './personal.js';
import { type AccountAnswer, accountAnswer, accountFields } from './points/points.query.js';
import { pointsPersonal, pointsTable } from './points/points.table.js';

/** Of the open things, at most so many each; `counts` says how many there are. */
const SHOWN = 20;

type Relationship = Pick<LifecycleRow, 'stage' | 'overlay' | 'since' | 'rule'>;
type Churn = Pick<ChurnRiskRow, 'score' | 'band'>;
type Counts = Readonly<
  Record<
    'touchpoints' | 'bookings' | 'openBookings' | 'complaints' | 'openComplaints' | 'callbacks' | 'openCallbacks',
    number
  >
>;

/** Everything about a customer on one page: the profile, where the relationship stands, and what is open. */
type OpenedProfile = Opened<CustomerProfileRow, (typeof profilePersonal)[number]>;
export type CustomerOverviewAnswer = Omit<OpenedProfile, 'customerId' | 'blocked' | 'closed'> &
  Readonly<{
    id: string;
    lifecycle: Relationship | null;
    churn: Churn | null;
    counts: Counts;
    open: Readonly<{
      bookings: readonly BookingAnswer[];
      complaints: readonly ComplaintAnswer[];
      callbacks: readonly CallbackAnswer[];
    }>;
    points: readonly AccountAnswer[];
  }>;

export const overviewFields: FieldsOf<CustomerOverviewAnswer> = {
  id: 'operational',
  kind: 'operational',
  status: 'operational',
  team: 'operational',
  statusReason: 'operational',
  name: 'identity',
  birthDate: 'identity',
  gender: 'identity',
  occupation: 'identity',
  creditCode: 'document',
  industry: 'commercial',
  size: 'commercial',
  parentOrgId: 'operational',
  locale: 'operational',
  zone: 'operational',
  residencyRegion: 'operational',
  acquisition: 'commercial',
  contactPoints: 'contact',
  identifiers: 'identity',
  preferences: 'preference',
  specialNeeds: 'health',
  driverLicence: 'document',
  documents: 'document',
  contacts: 'operational',
  registeredAt: 'operational',
  updatedAt: 'operational',
  lifecycle: 'behaviour',
  churn: 'behaviour',
  counts: 'operational',
  open: { bookings: bookingFields, complaints: complaintFields, callbacks: callbackFields },
  points: accountFields,
};

export class CustomerOverview extends Inquiry<CustomerOverviewAnswer | null> {
  @IsId() id!: string;
  @MayBeAbsent() @IsLanguage() lang: Language = 'en';
}

const OPEN_BOOKING = `customers @> array[$1::text] and status in ('placed', 'confirmed')`;
const OPEN_COMPLAINT = `customers @> array[$1::text] and status in (${openComplaintStatuses.map((status) => `'${status}'`)})`;
const OPEN_CALLBACK = `requester = $1::uuid and status = 'due'`;
const COUNTS = `select
  (select count(*)::int from customer_timeline where customer_id = $1::uuid) as touchpoints,
  (select count(*)::int from bookings where customers @> array[$1::text]) as bookings,
  (select count(*)::int from bookings where ${OPEN_BOOKING}) as "openBookings",
  (select count(*)::int from complaints where customers @> array[$1::text]) as complaints,
  (select count(*)::int from complaints where ${OPEN_COMPLAINT}) as "openComplaints",
  (select count(*)::int from callbacks where requester = $1::uuid) as callbacks,
  (select count(*)::int from callbacks where ${OPEN_CALLBACK}) as "openCallbacks"`;

@QueryHandler(CustomerOverview)
export class CustomerOverviewHandler implements IQueryHandler<CustomerOverview> {
  constructor(
    @Inject(SQL) private readonly sql: Sql,
    @Inject(PERSONAL_ROWS) private readonly personal: PersonalRows,
    @Inject(BUSINESS_CLOCK) private readonly clock: BusinessNow,
  ) {}

  async execute({ id, lang, asking }: CustomerOverview): Promise<CustomerOverviewAnswer | null> {
    const found = await this.sql<object>(
      `select ${columnsOf(customerProfileTable)} from customer_profile where customer_id = $1`,
      [id],
    );
    const [profile] = this.personal.open(asking, customerProfileTable, found, profilePersonal);
    if (!profile) return null;
    const { customerId: _, blocked: __, closed: ___, ...told } = profile;
    const [lifecycle, churn, counts, open, points] = await Promise.all([
      this.sql<Relationship>('select stage, overlay, since, rule from lifecycle where customer_id = $1', [id]),
      this.sql<Churn>('select score, band from churn_risk where customer_id = $1', [id]),
      this.sql<Counts>(COUNTS, [id]),
      this.openThings(asking, id),
      this.accounts(asking, id, lang),
    ]);
    return {
      id,
      ...told,
      lifecycle: lifecycle[0] ?? null,
      churn: churn[0] ?? null,
      counts: counts[0] as Counts,
      open,
      points,
    };
  }

  private async openThings(asking: Asking, id: string): Promise<CustomerOverviewAnswer['open']> {
    const [bookings, complaints, callbacks] = await Promise.all([
      this.sql<BookingRow>(
        `select ${columnsOf(bookingsTable)} from bookings where ${OPEN_BOOKING} order by opened_at desc limit ${SHOWN}`,
        [id],
      ),
      this.sql<object>(
        `select ${columnsOf(complaintsTable)} from complaints where ${OPEN_COMPLAINT} order by filed_at desc limit ${SHOWN}`,
        [id],
      ),
      this.sql<object>(
        `select ${columnsOf(callbacksTable)} from callbacks where ${OPEN_CALLBACK} order by due_by limit ${SHOWN}`,
        [id],
      ),
    ]);
    return {
      bookings: bookings.map(bookingAnswer),
      complaints: this.personal.open(asking, complaintsTable, complaints, complaintPersonal).map(complaintAnswer),
      callbacks: this.personal.open(asking, callbacksTable, callbacks, callbackPersonal).map(callbackAnswer),
    };
  }

  private async accounts(asking: Asking, id: string, lang: Language): Promise<readonly AccountAnswer[]> {
    const rows = await this.sql<object>(
      `select ${columnsOf(pointsTable)} from points where member = $1 order by account_id`,
      [id],
    );
    const now = this.clock.now();
    return this.personal.open(asking, pointsTable, rows, pointsPersonal).map((row) => accountAnswer(row, now, lang));
  }
}
