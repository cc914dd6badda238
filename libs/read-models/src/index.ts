export { type AccessAnswer, CustomerAccesses, ListAccesses } from './access-log/access-log.query.js';
export { AtRisk, type AtRiskAnswer } from './at-risk.query.js';
export { type BookingAnswer, ListBookings } from './bookings/bookings.query.js';
export { type CallbackAnswer, ListCallbacks } from './callbacks/callbacks.query.js';
export { CustomerChurn } from './churn-risk/churn-risk.query.js';
export { BUSINESS_CLOCK, type BusinessNow } from './clock.js';
export { type CompanyContext, companyContext } from './company.context.js';
export {
  type ClockAnswer,
  type ComplaintAnswer,
  DueComplaints,
  ListComplaints,
} from './complaints/complaints.query.js';
export { complaintsTable } from './complaints/complaints.table.js';
export { type Recounted, recountAll, recountScope } from './complaints/recount.js';
export { CustomerOverview, type CustomerOverviewAnswer } from './customer-overview.query.js';
export { CustomerPoints, type CustomerPointsAnswer } from './customer-points.query.js';
export { type CustomerAnswer, ListCustomers } from './customer-profile/customer-profile.query.js';
export { customerProfileTable } from './customer-profile/customer-profile.table.js';
export { spelling } from './customer-search/spelling.js';
export {
  CustomerTimeline,
  TimelineAfter,
  type TimelineEntry,
} from './customer-timeline/customer-timeline.query.js';
export { type Fields, type FieldsOf, written } from './fields.js';
export { Inquiry } from './inquiry.js';
export { type Language, languages, phraseOf } from './language.js';
export { CustomerLifecycle, type LifecycleAnswer } from './lifecycle/lifecycle.query.js';
export { type LiabilityAnswer, LoyaltyLiability } from './loyalty-liability.query.js';
export type { Page } from './page.js';
export { type Opened, PERSONAL_ROWS, type PersonalRows } from './personal.js';
export { type AccountAnswer, ListLoyaltyAccounts } from './points/points.query.js';
export { ListPolicies, type PolicyAnswer } from './policies/policies.query.js';
export { type Asked, followed, type Question, questions } from './questions.js';
export type { RiskAnswer } from './risk-answer.js';
export { outOfScope, type Said, seesCustomer } from './scope.js';
export { type FoundCustomer, SearchCustomers } from './search-customers.query.js';
export { allUnannounced, countConcluded, type Unannounced, type UnannouncedPage } from './unannounced.js';
export { type View, views } from './views.js';
