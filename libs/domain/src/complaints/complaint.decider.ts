import {
  type Decision,
  defineSlice,
  isRejection,
  type Meaning,
  type Meta,
  type Policies,
  reject,
  type Stamped,
} from '#kernel';
import { isSame } from '../vocabulary/same.js';
import { milestones } from '../vocabulary/service-levels.js';
import { type Complaint, evolve, isOpen, participants } from './complaint.js';
import { type ComplaintCommand, type ComplaintEvent, commands, events } from './complaint.messages.js';
import { words } from './complaint.words.js';
import { consequencesOf, faultIn, needs, type SlaPolicies } from './complaint-clocks.js';
import { breachesAt, type Clock, warningsAt } from './sla-clock.js';

type Wishes = { [C in ComplaintCommand as C['type']]: C['data'] };
type Facts = { [E in ComplaintEvent as E['type']]: E['data'] };
type Said<T extends keyof Wishes> = { [K in T]: Readonly<{ type: K; data: Wishes[K]; meta: Meta }> }[T];
type Told<T extends keyof Facts> = { [K in T]: Readonly<{ type: K; data: Facts[K] }> }[T];

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
    const { category, severity, regulatory } = complaint;
    const wanted = { category: data.category, severity: data.severity, regulatory: data.regulatory ?? regulatory };
    return isSame({ category, severity, regulatory }, wanted) ? [] : [{ type: 'ComplaintClassified', data }];
  },

  RecordFirstResponse: (complaint, data) => {
    if (complaint.status !== 'none' && complaint.responded) return [];
    return isOpen(complaint) ? [{ type: 'FirstResponseSent', data }] : reject('complaint-not-open');
  },

  PauseComplaint: (complaint, data) => {
    if (!isOpen(complaint)) return reject('complaint-not-open');
    return complaint.hold === data.reason ? [] : [{ type: 'ComplaintPaused', data }];
  },

  ResumeComplaint: (complaint, data) => {
    if (!isOpen(complaint)) return reject('complaint-not-open');
    return complaint.hold === undefined ? [] : [{ type: 'ComplaintResumed', data }];
  },

  // They say nothing of themselves: what the clocks have to say follows.
  CheckSlaClocks: () => [],
  RecomputeSlaClocks: () => [],

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

const CLOCKWORK: readonly string[] = ['CheckSlaClocks', 'RecomputeSlaClocks'];

const ruled = <T extends keyof Wishes>({ type, data, meta }: Said<T>, complaint: Complaint) =>
  rules[type](complaint, data, meta);

const decide = (
  command: Stamped<ComplaintCommand>,
  complaint: Complaint,
  policies: Policies<SlaPolicies>,
): Decision<ComplaintEvent> => {
  const own = ruled(command, complaint);
  if (isRejection(own) || (own.length === 0 && !CLOCKWORK.includes(command.type))) return own;
  return faultIn(command, complaint, policies) ?? withClocks(command, complaint, { own, policies });
};

type Decided = Readonly<{ own: readonly ComplaintEvent[]; policies: Policies<SlaPolicies> }>;

/** What happened, and around it what the clocks have to say: first what was late before, then what follows from it. */
const withClocks = (
  command: Stamped<ComplaintCommand>,
  before: Complaint,
  { own, policies }: Decided,
): readonly ComplaintEvent[] => {
  const { meta } = command;
  const at = meta.occurredAt;
  const folded = (state: Complaint, facts: readonly ComplaintEvent[]) =>
    facts.reduce<Complaint>((complaint, fact) => evolve(complaint, { ...fact, meta }), state);
  // What comes at the very instant at which it is due is in time; the deadline itself is said at that instant.
  const isLate = (dueAt: string) => (command.type === 'CheckSlaClocks' ? dueAt <= at : dueAt < at);
  const happened = [...breachesAt(clocksOf(before), at, isLate), ...own];
  const after = folded(before, happened);
  if (after.status === 'none') return [];
  const follows = consequencesOf({ command, before, after, at, policies });
  const late = breachesAt(clocksOf(folded(after, follows)), at, isLate);
  return [...happened, ...follows, ...late, ...warningsAt(clocksOf(folded(after, [...follows, ...late])), at)];
};

const clocksOf = (complaint: Complaint): readonly Clock[] => (complaint.status === 'none' ? [] : complaint.clocks);

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
  FirstResponseSent: () => ({ sentiment: 0, summary: 'responded' }),
  ComplaintPaused: ({ reason }) => ({ sentiment: 0, summary: reason }),
  ComplaintResumed: () => ({ sentiment: 0, summary: 'resumed' }),
  SlaClockStarted: ({ clock }) => ({ sentiment: 0, summary: 'started', params: { clock } }),
  SlaClockPaused: ({ clock }) => ({ sentiment: 0, summary: 'held', params: { clock } }),
  SlaClockResumed: ({ clock }) => ({ sentiment: 0, summary: 'went-on', params: { clock } }),
  SlaClockStopped: ({ clock, met }) => ({ sentiment: 0, summary: ended(met), params: { clock } }),
  SlaWarningRaised: ({ clock, threshold }) => ({ sentiment: 0, summary: 'warned', params: { clock, threshold } }),
  SlaBreached: ({ clock }) => ({ sentiment: -1, ...ofClock('breached', clock) }),
  SlaTargetChanged: ({ clock, cause }) => ({ sentiment: 0, ...ofClock(`moved-${cause}`, clock) }),
};

const ended = (met: boolean | undefined): string => {
  if (met === undefined) return 'ended';
  return met ? 'met' : 'missed';
};

/** Our own clocks have sentences of their own; those of laws go by their name. */
const ofClock = (what: string, clock: string): Pick<Meaning, 'summary' | 'params'> =>
  milestones.some((ours) => ours === clock)
    ? { summary: `${what}-${clock}` }
    : { summary: `${what}-statutory`, params: { clock } };

const touchpoint = <T extends keyof Facts>({ type, data }: Told<T>): Meaning => meanings[type](data);

export const complaint = defineSlice<ComplaintCommand, Complaint, ComplaintEvent, SlaPolicies>({
  category: 'complaint',
  collection: 'complaints',
  openings: ['FileComplaint'],
  reserved: ['CheckSlaClocks', 'RecomputeSlaClocks'],
  commands,
  events,
  upcasters: {},
  initial: { status: 'none' },
  needs,
  evolve,
  decide,
  participants,
  touchpoint,
  words,
});
