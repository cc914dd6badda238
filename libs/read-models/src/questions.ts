import type { Type } from '@nestjs/common';
import type { IQueryHandler } from '@nestjs/cqrs';
import type { Asking } from '#access';
import { accessLog } from './access-log/access-log.projection.js';
import {
  accessFields,
  CustomerAccesses,
  CustomerAccessesHandler,
  ListAccesses,
  ListAccessesHandler,
} from './access-log/access-log.query.js';
import { AtRisk, AtRiskHandler, atRiskFields } from './at-risk.query.js';
import { bookings } from './bookings/bookings.projection.js';
import { bookingFields, ListBookings, ListBookingsHandler } from './bookings/bookings.query.js';
import { callbacks } from './callbacks/callbacks.projection.js';
import { callbackFields, ListCallbacks, ListCallbacksHandler } from './callbacks/callbacks.query.js';
import { churnRisk } from './churn-risk/churn-risk.projection.js';
import { CustomerChurn, CustomerChurnHandler } from './churn-risk/churn-risk.query.js';
import { complaints } from './complaints/complaints.projection.js';
import {
  complaintFields,
  DueComplaints,
  DueComplaintsHandler,
  ListComplaints,
  ListComplaintsHandler,
} from './complaints/complaints.query.js';
import { CustomerOverview, CustomerOverviewHandler, overviewFields } from './customer-overview.query.js';
import { CustomerPoints, CustomerPointsHandler, customerPointsFields } from './customer-points.query.js';
import { customerProfile } from './customer-profile/customer-profile.projection.js';
import { customerFields, ListCustomers, ListCustomersHandler } from './customer-profile/customer-profile.query.js';
import { customerSearch } from './customer-search/customer-search.projection.js';
import { customerTimeline } from './customer-timeline/customer-timeline.projection.js';
import {
  CustomerTimeline,
  CustomerTimelineHandler,
  TimelineAfter,
  TimelineAfterHandler,
  timelineFields,
} from './customer-timeline/customer-timeline.query.js';
import { type Fields, paged } from './fields.js';
import type { Inquiry } from './inquiry.js';
import { lifecycle } from './lifecycle/lifecycle.projection.js';
import { CustomerLifecycle, CustomerLifecycleHandler, lifecycleFields } from './lifecycle/lifecycle.query.js';
import { LoyaltyLiability, LoyaltyLiabilityHandler, liabilityFields } from './loyalty-liability.query.js';
import { points } from './points/points.projection.js';
import { accountFields, ListLoyaltyAccounts, ListLoyaltyAccountsHandler } from './points/points.query.js';
import { policies } from './policies/policies.projection.js';
import { ListPolicies, ListPoliciesHandler, policyFields } from './policies/policies.query.js';
import { riskFields } from './risk-answer.js';
import { foundFields, SearchCustomers, SearchCustomersHandler } from './search-customers.query.js';

/** What may be asked. A field `id` of it names the one customer it is about. */
export type Asked = Readonly<{
  shape: new (asking: Asking) => Inquiry<unknown>;
  handler: Type<IQueryHandler>;
  /** What the answer tells. */
  fields: Fields;
}>;

export type Question = Asked &
  Readonly<{
    path: string;
    /** By which the roles policy knows it, where that is not its own name. */
    action?: string;
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
    fields: paged(foundFields),
    view: customerSearch.name,
    method: 'POST',
  },
  {
    path: 'customers',
    shape: ListCustomers,
    handler: ListCustomersHandler,
    fields: paged(customerFields),
    view: customerProfile.name,
  },
  {
    path: 'customers/:id',
    shape: CustomerOverview,
    handler: CustomerOverviewHandler,
    fields: overviewFields,
    view: customerProfile.name,
    besides: [customerTimeline, bookings, complaints, callbacks, points, lifecycle, churnRisk].map(({ name }) => name),
  },
  {
    path: 'customers/:id/timeline',
    shape: CustomerTimeline,
    handler: CustomerTimelineHandler,
    fields: paged(timelineFields),
    view: customerTimeline.name,
  },
  {
    path: 'customers/:id/lifecycle',
    shape: CustomerLifecycle,
    handler: CustomerLifecycleHandler,
    fields: lifecycleFields,
    view: lifecycle.name,
  },
  {
    path: 'customers/:id/churn',
    shape: CustomerChurn,
    handler: CustomerChurnHandler,
    fields: riskFields,
    view: churnRisk.name,
  },
  {
    path: 'customers/:id/points',
    shape: CustomerPoints,
    handler: CustomerPointsHandler,
    fields: customerPointsFields,
    view: points.name,
    besides: [customerProfile.name],
  },
  {
    path: 'at-risk',
    shape: AtRisk,
    handler: AtRiskHandler,
    fields: atRiskFields,
    view: churnRisk.name,
    besides: [customerProfile.name],
  },
  {
    path: 'bookings',
    shape: ListBookings,
    handler: ListBookingsHandler,
    fields: paged(bookingFields),
    view: bookings.name,
  },
  {
    path: 'complaints',
    shape: ListComplaints,
    handler: ListComplaintsHandler,
    fields: paged(complaintFields),
    view: complaints.name,
  },
  {
    path: 'complaints/due',
    action: 'ListComplaints',
    shape: DueComplaints,
    handler: DueComplaintsHandler,
    fields: paged(complaintFields),
    view: complaints.name,
  },
  {
    path: 'callbacks',
    shape: ListCallbacks,
    handler: ListCallbacksHandler,
    fields: paged(callbackFields),
    view: callbacks.name,
  },
  {
    path: 'loyalty-accounts',
    shape: ListLoyaltyAccounts,
    handler: ListLoyaltyAccountsHandler,
    fields: paged(accountFields),
    view: points.name,
  },
  {
    path: 'loyalty-accounts/liability',
    shape: LoyaltyLiability,
    handler: LoyaltyLiabilityHandler,
    fields: liabilityFields,
    view: points.name,
    besides: [policies.name],
  },
  {
    path: 'policies',
    shape: ListPolicies,
    handler: ListPoliciesHandler,
    fields: paged(policyFields),
    view: policies.name,
  },
  {
    path: 'accesses',
    action: 'ReadAccessLog',
    shape: ListAccesses,
    handler: ListAccessesHandler,
    fields: paged(accessFields, 'audit'),
    view: accessLog.name,
  },
  {
    path: 'customers/:id/accesses',
    action: 'ReadAccessLog',
    shape: CustomerAccesses,
    handler: CustomerAccessesHandler,
    fields: paged(accessFields, 'audit'),
    view: accessLog.name,
  },
];

/** What is asked inside, for who follows. */
export const followed: Asked = { shape: TimelineAfter, handler: TimelineAfterHandler, fields: timelineFields };
