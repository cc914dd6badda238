import type { Type } from '@nestjs/common';
import type { IQueryHandler, Query } from '@nestjs/cqrs';
import { AtRisk, AtRiskHandler } from './at-risk.query.js';
import { bookings } from './bookings/bookings.projection.js';
import { ListBookings, ListBookingsHandler } from './bookings/bookings.query.js';
import { callbacks } from './callbacks/callbacks.projection.js';
import { ListCallbacks, ListCallbacksHandler } from './callbacks/callbacks.query.js';
import { churnRisk } from './churn-risk/churn-risk.projection.js';
import { CustomerChurn, CustomerChurnHandler } from './churn-risk/churn-risk.query.js';
import { complaints } from './complaints/complaints.projection.js';
import { ListComplaints, ListComplaintsHandler } from './complaints/complaints.query.js';
import { CustomerOverview, CustomerOverviewHandler } from './customer-overview.query.js';
import { CustomerPoints, CustomerPointsHandler } from './customer-points.query.js';
import { customerProfile } from './customer-profile/customer-profile.projection.js';
import { ListCustomers, ListCustomersHandler } from './customer-profile/customer-profile.query.js';
import { customerSearch } from './customer-search/customer-search.projection.js';
import { customerTimeline } from './customer-timeline/customer-timeline.projection.js';
import { CustomerTimeline, CustomerTimelineHandler } from './customer-timeline/customer-timeline.query.js';
import { lifecycle } from './lifecycle/lifecycle.projection.js';
import { CustomerLifecycle, CustomerLifecycleHandler } from './lifecycle/lifecycle.query.js';
import { points } from './points/points.projection.js';
import { ListLoyaltyAccounts, ListLoyaltyAccountsHandler } from './points/points.query.js';
import { SearchCustomers, SearchCustomersHandler } from './search-customers.query.js';

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
