import type { AnyProjection } from '#kernel';
import type { Table } from '#postgres';
import { accessLog } from './access-log/access-log.projection.js';
import { accessLogTable } from './access-log/access-log.table.js';
import { bookings } from './bookings/bookings.projection.js';
import { bookingsTable } from './bookings/bookings.table.js';
import { callbacks } from './callbacks/callbacks.projection.js';
import { callbacksTable } from './callbacks/callbacks.table.js';
import { churnRisk } from './churn-risk/churn-risk.projection.js';
import { churnRiskTable } from './churn-risk/churn-risk.table.js';
import { complaints } from './complaints/complaints.projection.js';
import { complaintsTable } from './complaints/complaints.table.js';
import { customerProfile } from './customer-profile/customer-profile.projection.js';
import { customerProfileTable } from './customer-profile/customer-profile.table.js';
import { customerSearch } from './customer-search/customer-search.projection.js';
import { customerSearchTable } from './customer-search/customer-search.table.js';
import { customerTimeline } from './customer-timeline/customer-timeline.projection.js';
import { customerTimelineTable } from './customer-timeline/customer-timeline.table.js';
import { lifecycle } from './lifecycle/lifecycle.projection.js';
import { lifecycleTable } from './lifecycle/lifecycle.table.js';
import { points } from './points/points.projection.js';
import { pointsTable } from './points/points.table.js';
import { policies } from './policies/policies.projection.js';
import { policiesTable } from './policies/policies.table.js';
import { relationshipAnnounced } from './relationship-announced/relationship-announced.projection.js';
import { relationshipAnnouncedTable } from './relationship-announced/relationship-announced.table.js';

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
  { projection: relationshipAnnounced, table: relationshipAnnouncedTable },
  { projection: policies, table: policiesTable },
  { projection: accessLog, table: accessLogTable, appendOnly: true },
];
