import { type Clock, clocksAfter, type complaint, nextMomentOf } from '#domain';
import { defineProjection, type EventOf, idIn, type Personal, perStream, type Recorded } from '#kernel';

type ComplaintEvent = EventOf<typeof complaint>;
type Type = ComplaintEvent['type'];
type Data<T extends Type> = Extract<ComplaintEvent, { type: T }>['data'];

export const complaintStatuses = [
  'filed',
  'acknowledged',
  'assigned',
  'reopened',
  'resolved',
  'closed',
  'withdrawn',
] as const;
export type ComplaintStatus = (typeof complaintStatuses)[number];
export const openComplaintStatuses: readonly ComplaintStatus[] = ['filed', 'acknowledged', 'assigned', 'reopened'];

export type ComplaintRow = Readonly<{
  complaintId: string;
  status: ComplaintStatus;
  complainant: string;
  onBehalfOf: string | null;
  customers: readonly string[];
  bookingId: string | null;
  category: string | null;
  severity: string | null;
  team: string | null;
  agent: string | null;
  text: Personal<string> | null;
  desiredOutcome: Personal<string> | null;
  outcome: string | null;
  remedy: string | null;
  explanation: Personal<string> | null;
  timesReopened: number;
  channel: string;
  incidentAt: string | null;
  filedAt: string;
  acknowledgedAt: string | null;
  resolvedAt: string | null;
  closedAt: string | null;
  regulatory: readonly string[];
  tierAtFiling: string | null;
  contracts: readonly string[];
  /** How far up it was taken, last when and why. */
  level: number;
  escalatedAt: string | null;
  escalationReason: string | null;
  /** For whom it waits, and since when. */
  hold: string | null;
  heldSince: string | null;
  respondedAt: string | null;
  clocks: readonly Clock[];
  /** The earliest at which something promised is due, overdue or not; what is held, or was promised elsewhere, is not due. */
  dueAt: string | null;
  /** Whether anything was late, ever. */
  breached: boolean;
  /** When the clocks have something to say next. */
  nextDueAt: string | null;
}>;

const filed = ({ data, meta, stream, customers }: Recorded<Extract<ComplaintEvent, { type: 'ComplaintFiled' }>>) => ({
  onBehalfOf: null,
  bookingId: null,
  category: null,
  severity: null,
  team: null,
  agent: null,
  text: null,
  desiredOutcome: null,
  outcome: null,
  remedy: null,
  explanation: null,
  timesReopened: 0,
  incidentAt: null,
  acknowledgedAt: null,
  resolvedAt: null,
  closedAt: null,
  regulatory: [],
  tierAtFiling: null,
  contracts: [],
  level: 0,
  escalatedAt: null,
  escalationReason: null,
  hold: null,
  heldSince: null,
  respondedAt: null,
  clocks: [],
  dueAt: null,
  breached: false,
  nextDueAt: null,
  ...data,
  complaintId: idIn(stream),
  status: 'filed' as const,
  customers: [...new Set(customers.map(({ id }) => id))],
  channel: meta.channel,
  filedAt: meta.occurredAt,
});

type Turn = Exclude<Type, 'ComplaintFiled' | `Sla${string}`>;
type Changes = {
  [T in Turn]: (row: ComplaintRow, data: Data<T>, at: string) => Partial<ComplaintRow>;
};
type Change = (row: ComplaintRow, data: object, at: string) => Partial<ComplaintRow>;
const changes: Changes = {
  ComplaintAcknowledged: ({ status }, _, at) => ({
    status: status === 'filed' ? 'acknowledged' : status,
    acknowledgedAt: at,
  }),
  ComplaintClassified: (_, classified) => classified,
  ComplaintEscalated: (_, { level, reason }, at) => ({ level, escalatedAt: at, escalationReason: reason }),
  FirstResponseSent: (_, __, at) => ({ respondedAt: at }),
  ComplaintPaused: ({ heldSince }, { reason }, at) => ({ hold: reason, heldSince: heldSince ?? at }),
  ComplaintResumed: () => ({ hold: null, heldSince: null }),
  ComplaintAssigned: (_, { team, agent = null }) => ({ status: 'assigned', team, agent }),
  ComplaintResolved: (_, { outcome, remedy = null, explanation = null }, at) => ({
    status: 'resolved',
    outcome,
    remedy,
    explanation,
    resolvedAt: at,
    hold: null,
    heldSince: null,
  }),
  ComplaintClosed: (_, __, at) => ({ status: 'closed', closedAt: at }),
  ComplaintReopened: ({ timesReopened }) => ({
    status: 'reopened',
    timesReopened: timesReopened + 1,
    resolvedAt: null,
    closedAt: null,
  }),
  ComplaintWithdrawn: (_, __, at) => ({ status: 'withdrawn', closedAt: at, hold: null, heldSince: null }),
};

const clockFacts = [
  'SlaClockStarted',
  'SlaClockPaused',
  'SlaClockResumed',
  'SlaClockStopped',
  'SlaWarningRaised',
  'SlaBreached',
  'SlaTargetChanged',
] as const;

const withClocks = (row: ComplaintRow, clocks: readonly Clock[]): ComplaintRow => {
  const due = clocks.filter(({ status, isSilent }) => status === 'running' && !isSilent).map(({ dueAt }) => dueAt);
  const breached = clocks.some((clock) => clock.breached || clock.met === false);
  return {
    ...row,
    ...{ clocks, dueAt: due.sort()[0] ?? null, breached: row.breached || breached, nextDueAt: nextMomentOf(clocks) },
  };
};

/** Every complaint, how far it has come, and what is due of it. */
export const complaints = defineProjection<ComplaintRow, ComplaintEvent>({
  name: 'complaints',
  version: 3,
  hears: ['ComplaintFiled', ...(Object.keys(changes) as (keyof Changes)[]), ...clockFacts],
  keys: perStream,
  fold: (row, fact) => {
    if (fact.type === 'ComplaintFiled') return filed(fact);
    const change = changes[fact.type as Turn] as Change | undefined;
    if (!row || !change) return row && withClocks(row, clocksAfter(row.clocks, fact));
    return { ...row, ...change(row, fact.data, fact.meta.occurredAt) };
  },
  deadline: {
    at: 'nextDueAt',
    says: ({ complaintId: id }) => ({ category: 'complaint', id, command: { type: 'CheckSlaClocks', data: {} } }),
  },
});
