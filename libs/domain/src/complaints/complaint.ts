import type { Participant, Stamped } from '#kernel';
import type { ComplaintEvent } from './complaint.messages.js';
import { type Clock, clocksAfter } from './sla-clock.js';

type Facts = { [E in ComplaintEvent as E['type']]: E['data'] };
type Told<T extends keyof Facts> = { [K in T]: Stamped<Readonly<{ type: K; data: Facts[K] }>> }[T];

export type Complaint = Readonly<{ status: 'none' }> | Filed;
export type Filed = Readonly<{
  status: 'filed' | 'reopened' | 'resolved' | 'closed' | 'withdrawn';
  complainant: string;
  onBehalfOf: string | undefined;
  acknowledged: boolean;
  responded: boolean;
  category: string | undefined;
  severity: Facts['ComplaintFiled']['severity'];
  regulatory: readonly string[];
  tierAtFiling: string | undefined;
  contracts: readonly string[];
  filedAt: string;
  /** For whom it waits. */
  hold?: Facts['ComplaintPaused']['reason'] | undefined;
  assigned?: Facts['ComplaintAssigned'];
  /** How far up it was taken, and for which reasons by people since it was last open. */
  level: number;
  escalatedFor: readonly string[];
  outcome?: string;
  remedy?: string | undefined;
  clocks: readonly Clock[];
}>;

type Open = Filed & Readonly<{ status: 'filed' | 'reopened' }>;
export const isOpen = (complaint: Complaint): complaint is Open =>
  complaint.status === 'filed' || complaint.status === 'reopened';

type Turn = Exclude<keyof Facts, 'ComplaintFiled' | `Sla${string}`>;
type Folds = { [T in Turn]: (complaint: Filed, data: Facts[T]) => Filed };
const folds: Folds = {
  ComplaintAcknowledged: (complaint) => ({ ...complaint, acknowledged: true }),
  ComplaintClassified: (complaint, classified) => ({ ...complaint, ...classified }),
  ComplaintAssigned: (complaint, assigned) => ({ ...complaint, assigned }),
  ComplaintEscalated: (complaint, { level, reason }) => ({
    ...complaint,
    level,
    escalatedFor: reason === 'time' ? complaint.escalatedFor : [...complaint.escalatedFor, reason],
  }),
  FirstResponseSent: (complaint) => ({ ...complaint, responded: true }),
  ComplaintPaused: (complaint, { reason }) => ({ ...complaint, hold: reason }),
  ComplaintResumed: (complaint) => ({ ...complaint, hold: undefined }),
  ComplaintResolved: (complaint, { outcome, remedy }) => ({
    ...complaint,
    ...{ status: 'resolved', outcome, remedy, hold: undefined },
  }),
  ComplaintClosed: (complaint) => ({ ...complaint, status: 'closed' }),
  ComplaintReopened: (complaint) => ({ ...complaint, status: 'reopened', escalatedFor: [] }),
  ComplaintWithdrawn: (complaint) => ({ ...complaint, status: 'withdrawn', hold: undefined }),
};

const filed = ({ data, meta }: Told<'ComplaintFiled'>): Filed => {
  const { complainant, onBehalfOf, category, severity, regulatory = [], tierAtFiling, contracts = [] } = data;
  return {
    ...{ status: 'filed', complainant, onBehalfOf, category, severity, regulatory, tierAtFiling, contracts },
    ...{ level: 0, escalatedFor: [] },
    ...{ acknowledged: false, responded: false, filedAt: meta.occurredAt, clocks: [] },
  };
};

const fold = <T extends Turn>(complaint: Filed, { type, data }: Told<T>): Filed => folds[type](complaint, data);
const isTurn = (fact: Stamped<ComplaintEvent>): fact is Told<Turn> => fact.type in folds;

export const evolve = (complaint: Complaint, fact: Stamped<ComplaintEvent>): Complaint => {
  if (fact.type === 'ComplaintFiled') return filed(fact);
  if (complaint.status === 'none') return complaint;
  return isTurn(fact) ? fold(complaint, fact) : { ...complaint, clocks: clocksAfter(complaint.clocks, fact) };
};

export const participants = (complaint: Complaint): readonly Participant[] => {
  if (complaint.status === 'none') return [];
  const { complainant, onBehalfOf } = complaint;
  return [{ id: complainant, role: 'complainant' }, ...(onBehalfOf ? [{ id: onBehalfOf, role: 'beneficiary' }] : [])];
};
