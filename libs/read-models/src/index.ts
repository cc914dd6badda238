import type { Type } from '@nestjs/common';
import type { IQueryHandler, Query } from '@nestjs/cqrs';
import type { AnyProjection } from '#kernel';
import type { Table } from '#postgres';
import { AtRisk, AtRiskHandler } from './at-risk.query.js';
import { bookings } from './bookings/bookings.projection.js';
import { ListBookings, ListBookingsHandler } from './bookings/bookings.query.js';
import { bookingsTable } from './bookings/bookings.table.js';
import { callbacks } from './callbacks/callbacks.projection.js';
import { ListCallbacks, ListCallbacksHandler } from './callbacks/callbacks.query.js';
import { callbacksTable } from './callbacks/callbacks.table.js';
import { churnRisk } from './churn-risk/churn-risk.projection.js';
import { CustomerChurn, CustomerChurnHandler } from './churn-risk/churn-risk.query.js';
import { churnRiskTable } from './churn-risk/churn-risk.table.js';
import { complaints } from './complaints/complaints.projection.js';
import { ListComplaints, ListComplaintsHandler } from './complaints/complaints.query.js';
import { complaintsTable } from './complaints/complaints.table.js';
import { CustomerOverview, CustomerOverviewHandler } from './customer-overview.query.js';
import { CustomerPoints, CustomerPointsHandler } from './customer-points.query.js';
import { customerProfile } from './customer-profile/customer-profile.projection.js';
import { ListCustomers, ListCustomersHandler } from './customer-profile/customer-profile.query.js';
import { customerProfileTable } from './customer-profile/customer-profile.table.js';
import { customerSearch } from './customer-search/customer-search.projection.js';
import { SearchCustomers, SearchCustomersHandler } from './customer-search/customer-search.query.js';
import { customerSearchTable } from './customer-search/customer-search.table.js';
import { customerTimeline } from './customer-timeline/customer-timeline.projection.js';
import { CustomerTimeline, CustomerTimelineHandler } from './customer-timeline/customer-timeline.query.js';
import { customerTimelineTable } from './customer-timeline/customer-timeline.table.js';
import { lifecycle } from './lifecycle/lifecycle.projection.js';
import { CustomerLifecycle, CustomerLifecycleHandler } from './lifecycle/lifecycle.query.js';
import { lifecycleTable } from './lifecycle/lifecycle.table.js';
import { points } from './points/points.projection.js';
import { ListLoyaltyAccounts, ListLoyaltyAccountsHandler } from './points/points.query.js';
import { pointsTable } from './points/points.table.js';

export { AtRisk, type AtRiskAnswer } from './at-risk.query.js';
export { type BookingAnswer, ListBookings } from './bookings/bookings.query.js';
export { type CallbackAnswer, ListCallbacks } from './callbacks/callbacks.query.js';
export { CustomerChurn } from './churn-risk/churn-risk.query.js';
export { BUSINESS_CLOCK, type BusinessNow } from './clock.js';
export { type CompanyContext, companyContext } from './company.context.js';
export { type ComplaintAnswer, ListComplaints } from './complaints/complaints.query.js';
export { CustomerOverview, type CustomerOverviewAnswer } from './customer-overview.query.js';
export { CustomerPoints, type CustomerPointsAnswer } from './customer-points.query.js';
export { type CustomerAnswer, ListCustomers } from './customer-profile/customer-profile.query.js';
export { type FoundCustomer, SearchCustomers } from './customer-search/customer-search.query.js';
export {
  CustomerTimeline,
  TimelineAfter,
  TimelineAfterHandler,
  type TimelineEntry,
} from './customer-timeline/customer-timeline.query.js';
export { type Language, languages, phraseOf } from './language.js';
export { CustomerLifecycle, type LifecycleAnswer } from './lifecycle/lifecycle.query.js';
export type { Page } from './page.js';
export { type AccountAnswer, ListLoyaltyAccounts } from './points/points.query.js';
export type { RiskAnswer } from './risk-answer.js';

/** A fold and the table it fills. `appendOnly`: no row is ever folded on. */
export type View = Readonly<{
  projection: AnyProjection;
  // biome-ignore lint/suspicious/noExplicitAny: here a view is handled without knowing which
  table: Table<any>;
  appendOnly?: true;
}>;

/** What the projection engine keeps up to date. */
export const views: readonly View[] = [
  { projection: customerProfile, table: customerProfileTable },
  { projection: customerSearch, table: customerSearchTable },
  { projection: customerTimeline, table: customerTimelineTable, appendOnly: true },
  { projection: bookings, table: bookingsTable },
  { projection: complaints, table: complaintsTable },
  { projection: callbacks, table: callbacksTable },
  { projection: points, table: pointsTable },
  { projection: lifecycle, table: lifecycleTable },
  { projection: churnRisk, table: churnRiskTable },
];

export type Question = Readonly<{
  path: string;
  shape: Type<Query<unknown>>;
  handler: Type<IQueryHandler>;
  /** Whose checkpoint `?after` waits for. */
  view: string;
  /** Others that the answer is made of. */
  besides?: readonly string[];
  method?: 'GET' | 'POST';
}>;

/** What may be asked, and where. */
export const questions: readonly Question[] = [
  {
    path: 'customers/search',
    shape: SearchCustomers,
    handler: SearchCustomersHandler,
    view: customerSearch.name,
    method: 'POST',
  },
  { path: 'customers', shape: ListCustomers, handler: ListCustomersHandler, view: customerProfile.name },
  {
    path: 'customers/:id',
    shape: CustomerOverview,
    handler: CustomerOverviewHandler,
    view: customerProfile.name,
    besides: [customerTimeline, bookings, complaints, callbacks, points, lifecycle, churnRisk].map(({ name }) => name),
  },
  {
    path: 'customers/:id/timeline',
    shape: CustomerTimeline,
    handler: CustomerTimelineHandler,
    view: customerTimeline.name,
  },
  {
    path: 'customers/:id/lifecycle',
    shape: CustomerLifecycle,
    handler: CustomerLifecycleHandler,
    view: lifecycle.name,
  },
  { path: 'customers/:id/churn', shape: CustomerChurn, handler: CustomerChurnHandler, view: churnRisk.name },
  {
    path: 'customers/:id/points',
    shape: CustomerPoints,
    handler: CustomerPointsHandler,
    view: points.name,
    besides: [customerProfile.name],
  },
  {
    path: 'at-risk',
    shape: AtRisk,
    handler: AtRiskHandler,
    view: churnRisk.name,
    besides: [customerProfile.name],
  },
  { path: 'bookings', shape: ListBookings, handler: ListBookingsHandler, view: bookings.name },
  { path: 'complaints', shape: ListComplaints, handler: ListComplaintsHandler, view: complaints.name },
  { path: 'callbacks', shape: ListCallbacks, handler: ListCallbacksHandler, view: callbacks.name },
  { path: 'loyalty-accounts', shape: ListLoyaltyAccounts, handler: ListLoyaltyAccountsHandler, view: points.name },
];
