import { type Decision, defineSlice, type Meaning, type Meta, type Participant, reject, type Stamped } from '#kernel';
import { type ComplaintCommand, type ComplaintEvent, commands, events } from './complaint.messages.js';
import { words } from './complaint.words.js';

type Wishes = { [C in ComplaintCommand as C['type']]: C['data'] };
type Facts = { [E in ComplaintEvent as E['type']]: E['data'] };
type Said<T extends keyof Wishes> = { [K in T]: Readonly<{ type: K; data: Wishes[K]; meta: Meta }> }[T];
type Told<T extends keyof Facts> = { [K in T]: Readonly<{ type: K; data: Facts[K] }> }[T];

type Complaint = Readonly<{ status: 'none' }> | Filed;
type Filed = Readonly<{
  status: 'filed' | 'reopened' | 'resolved' | 'closed' | 'withdrawn';
  complainant: string;
  onBehalfOf: string | undefined;
  acknowledged: boolean;
  category: string | undefined;
  severity: string | undefined;
  assigned?: Facts['ComplaintAssigned'];
  outcome?: string;
  remedy?: string | undefined;
}>;

type Open = Filed & Readonly<{ status: 'filed' | 'reopened' }>;
const isOpen = (complaint: Complaint): complaint is Open =>
  complaint.status === 'filed' || complaint.status === 'reopened';

type Folds = { [T in Exclude<keyof Facts, 'ComplaintFiled'>]: (complaint: Filed, data: Facts[T]) => Filed };
const folds: Folds = {
  ComplaintAcknowledged: (complaint) => ({ ...complaint, acknowledged: true }),
  ComplaintClassified: (complaint, { category, severity }) => ({ ...complaint, category, severity }),
  ComplaintAssigned: (complaint, assigned) => ({ ...complaint, assigned }),
  ComplaintResolved: (complaint, { outcome, remedy }) => ({ ...complaint, status: 'resolved', outcome, remedy }),
  ComplaintClosed: (complaint) => ({ ...complaint, status: 'closed' }),
  ComplaintReopened: (complaint) => ({ ...complaint, status: 'reopened' }),
  ComplaintWithdrawn: (complaint) => ({ ...complaint, status: 'withdrawn' }),
};

const filed = ({ complainant, onBehalfOf, category, severity }: Facts['ComplaintFiled']): Filed => ({
  status: 'filed',
  complainant,
  onBehalfOf,
  acknowledged: false,
  category,
  severity,
});

const fold = <T extends keyof Folds>(complaint: Filed, { type, data }: Told<T>): Filed => folds[type](complaint, data);

const evolve = (complaint: Complaint, fact: Stamped<ComplaintEvent>): Complaint => {
  if (fact.type === 'ComplaintFiled') return filed(fact.data);
  return complaint.status === 'none' ? complaint : fold(complaint, fact);
};

type Rules = { [T in keyof Wishes]: (complaint: Complaint, data: Wishes[T], meta: Meta) => Decision<ComplaintEvent> };
const rules: Rules = {
  FileComplaint: (complaint, data, { occurredAt }) => {
    if (complaint.status !== 'none')
      return complaint.complainant === data.complainant ? [] : reject('complaint-id-taken');
    if (data.incidentAt && data.incidentAt > occurredAt) return reject('incident-in-the-future');
    return [{ type: 'ComplaintFiled', data }];
  },

  AcknowledgeComplaint: (complaint, data) => {
    if (complaint.status !== 'none' && complaint.acknowledged) return [];
    return isOpen(complaint) ? [{ type: 'ComplaintAcknowledged', data }] : reject('complaint-not-open');
  },

  ClassifyComplaint: (complaint, data) => {
    if (!isOpen(complaint)) return reject('complaint-not-open');
    const { category, severity } = complaint;
    return category === data.category && severity === data.severity ? [] : [{ type: 'ComplaintClassified', data }];
  },

  AssignComplaint: (complaint, data) => {
    if (!isOpen(complaint)) return reject('complaint-not-open');
    const { assigned } = complaint;
    const same = assigned?.team === data.team && assigned.agent === data.agent;
    return same ? [] : [{ type: 'ComplaintAssigned', data }];
  },

  ResolveComplaint: (complaint, data) => {
    if (isOpen(complaint)) return [{ type: 'ComplaintResolved', data }];
    if (complaint.status !== 'resolved') return reject('complaint-not-open');
    const same = complaint.outcome === data.outcome && complaint.remedy === data.remedy;
    return same ? [] : reject('complaint-not-open');
  },

  CloseComplaint: ({ status }, data) => {
    if (status === 'closed') return [];
    return status === 'resolved' ? [{ type: 'ComplaintClosed', data }] : reject('complaint-not-resolved');
  },

  ReopenComplaint: ({ status }, data) => {
    if (status === 'reopened') return [];
    const over = status === 'resolved' || status === 'closed';
    return over ? [{ type: 'ComplaintReopened', data }] : reject('complaint-not-resolved');
  },

  WithdrawComplaint: (complaint, data) => {
    if (complaint.status === 'withdrawn') return [];
    return isOpen(complaint) ? [{ type: 'ComplaintWithdrawn', data }] : reject('complaint-not-open');
  },
};

const decide = <T extends keyof Wishes>({ type, data, meta }: Said<T>, complaint: Complaint) =>
  rules[type](complaint, data, meta);

const participants = (complaint: Complaint): readonly Participant[] => {
  if (complaint.status === 'none') return [];
  const { complainant, onBehalfOf } = complaint;
  return [{ id: complainant, role: 'complainant' }, ...(onBehalfOf ? [{ id: onBehalfOf, role: 'beneficiary' }] : [])];
};

/** `sev2` is severity 2 to a reader. */
const grade = (severity: string): string => severity.replace('sev', '');

const filing = ({ category, severity }: Facts['ComplaintFiled']): Meaning => {
  if (!category) return { sentiment: -1, summary: 'filed' };
  if (!severity) return { sentiment: -1, summary: 'filed-about', params: { category } };
  return { sentiment: -1, summary: 'filed-graded', params: { category, severity: grade(severity) } };
};

const satisfaction = { upheld: 1, partly_upheld: 0, not_upheld: -1 } as const;

const meanings: { [T in keyof Facts]: (data: Facts[T]) => Meaning } = {
  ComplaintFiled: filing,
  ComplaintAcknowledged: () => ({ sentiment: 0, summary: 'acknowledged' }),
  ComplaintClassified: ({ category, severity }) => ({
    sentiment: 0,
    summary: 'classified',
    params: { category, severity: grade(severity) },
  }),
  ComplaintAssigned: ({ team }) => ({ sentiment: 0, summary: 'assigned', params: { team } }),
  ComplaintResolved: ({ outcome }) => ({ sentiment: satisfaction[outcome], summary: outcome }),
  ComplaintClosed: () => ({ sentiment: 0, summary: 'closed' }),
  ComplaintReopened: ({ reason }) => ({ sentiment: -1, summary: 'reopened', params: { reason } }),
  ComplaintWithdrawn: () => ({ sentiment: 0, summary: 'withdrawn' }),
};

const touchpoint = <T extends keyof Facts>({ type, data }: Told<T>): Meaning => meanings[type](data);

export const complaint = defineSlice<ComplaintCommand, Complaint, ComplaintEvent>({
  category: 'complaint',
  collection: 'complaints',
  openings: ['FileComplaint'],
  commands,
  events,
  upcasters: {},
  initial: { status: 'none' },
  evolve,
  decide,
  participants,
  touchpoint,
  words,
});
