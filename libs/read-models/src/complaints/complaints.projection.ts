import type { complaint } from '#domain';
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
  ...data,
  complaintId: idIn(stream),
  status: 'filed' as const,
  customers: [...new Set(customers.map(({ id }) => id))],
  channel: meta.channel,
  filedAt: meta.occurredAt,
});

type Changes = {
  [T in Exclude<Type, 'ComplaintFiled'>]: (row: ComplaintRow, data: Data<T>, at: string) => Partial<ComplaintRow>;
};
const changes: Changes = {
  ComplaintAcknowledged: ({ status }, _, at) => ({
    status: status === 'filed' ? 'acknowledged' : status,
    acknowledgedAt: at,
  }),
  ComplaintClassified: (_, { category, severity }) => ({ category, severity }),
  ComplaintAssigned: (_, { team, agent = null }) => ({ status: 'assigned', team, agent }),
  ComplaintResolved: (_, { outcome, remedy = null, explanation = null }, at) => ({
    status: 'resolved',
    outcome,
    remedy,
    explanation,
    resolvedAt: at,
  }),
  ComplaintClosed: (_, __, at) => ({ status: 'closed', closedAt: at }),
  ComplaintReopened: ({ timesReopened }) => ({
    status: 'reopened',
    timesReopened: timesReopened + 1,
    resolvedAt: null,
    closedAt: null,
  }),
  ComplaintWithdrawn: (_, __, at) => ({ status: 'withdrawn', closedAt: at }),
};

/** Every complaint and how far it has come. */
export const complaints = defineProjection<ComplaintRow, ComplaintEvent>({
  name: 'complaints',
  version: 1,
  hears: ['ComplaintFiled', ...(Object.keys(changes) as (keyof Changes)[])],
  keys: perStream,
  fold: (row, fact) => {
    if (fact.type === 'ComplaintFiled') return filed(fact);
    const change = changes[fact.type] as (row: ComplaintRow, data: object, at: string) => Partial<ComplaintRow>;
    return row && { ...row, ...change(row, fact.data, fact.meta.occurredAt) };
  },
});
