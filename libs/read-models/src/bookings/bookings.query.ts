import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn } from 'class-validator';
import { IsId, MayBeAbsent } from '#domain';
import { columnsOf, SQL, type Sql } from '#postgres';
import type { FieldsOf } from '../fields.js';
import { Inquiry } from '../inquiry.js';
import { cursorOf, IsCursor, IsLimit, isId, isMoment, type Page, pageOf, partsOf, shown } from '../page.js';
import { anyInScope, teamsInScope } from '../scope.js';
import { type BookingRow, type BookingStatus, bookingStatuses } from './bookings.projection.js';
import { bookingsTable } from './bookings.table.js';

export type BookingAnswer = Omit<BookingRow, 'bookingId' | 'customers'> & Readonly<{ id: string }>;

export const bookingFields: FieldsOf<BookingAnswer> = {
  id: 'operational',
  status: 'operational',
  vertical: 'operational',
  orderNumber: 'operational',
  booker: 'operational',
  payer: 'operational',
  travellers: 'operational',
  guests: 'operational',
  lines: 'commercial',
  total: 'commercial',
  inBase: 'commercial',
  payments: 'commercial',
  refunds: 'commercial',
  serviceWindow: 'operational',
  validUntil: 'operational',
  channel: 'operational',
  partner: 'commercial',
  campaign: 'commercial',
  cancelledBy: 'operational',
  cancelReason: 'operational',
  openedAt: 'operational',
  completedAt: 'operational',
};

/** Bookings, the latest first; of one customer, in whatever role, or in one status. */
export class ListBookings extends Inquiry<Page<BookingAnswer>> {
  @MayBeAbsent() @IsId() customer?: string;
  @MayBeAbsent() @IsIn(bookingStatuses) status?: BookingStatus;
  @IsLimit() limit = 50;
  @IsCursor(isMoment, isId) cursor?: string;
}

@QueryHandler(ListBookings)
export class ListBookingsHandler implements IQueryHandler<ListBookings> {
  constructor(@Inject(SQL) private readonly sql: Sql) {}

  async execute({ customer, status, limit, cursor, asking }: ListBookings): Promise<Page<BookingAnswer>> {
    const [openedAt, bookingId] = partsOf(cursor);
    const rows = await this.sql<BookingRow>(
      `select ${columnsOf(bookingsTable)} from bookings
       where ($1::text is null or customers @> array[$1::text]) and ($2::text is null or status = $2)
         and ($3::timestamptz is null or (opened_at, booking_id) < ($3, $4::uuid))
         and ${anyInScope('customers', '$6')}
       order by opened_at desc, booking_id desc limit $5`,
      [customer, status, openedAt, bookingId, limit + 1, teamsInScope(asking)],
    );
    return shown(
      pageOf(rows, limit, (row) => cursorOf(row.openedAt, row.bookingId)),
      bookingAnswer,
    );
  }
}

export const bookingAnswer = ({ bookingId: id, customers: _, ...booking }: BookingRow): BookingAnswer => ({
  id,
  ...booking,
});
