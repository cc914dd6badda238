import { type Decision, defineSlice, isRejection, type Meta, type Policies, reject, type Stamped } from '#kernel';
import { isSame } from '../vocabulary/same.js';
import { type Complaint, evolve, isOpen, participants } from './complaint.js';
import { type ComplaintCommand, type ComplaintEvent, commands, events } from './complaint.messages.js';
import { touchpoint } from './complaint.touchpoint.js';
import { words } from './complaint.words.js';
import { consequencesOf, faultIn, needs, type SlaPolicies } from './complaint-clocks.js';
import { escalatedBy } from './escalation.js';
import { breachesAt, type Clock, warningsAt } from './sla-clock.js';

type Wishes = { [C in ComplaintCommand as C['type']]: C['data'] };
type Said<T extends keyof Wishes> = { [K in T]: Readonly<{ type: K; data: Wishes[K]; meta: Meta }> }[T];

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
    const { category, severity, regulatory, tierAtFiling, contracts } = complaint;
    const was = { category, severity, regulatory, tierAtFiling, contracts };
    return isSame(was, { ...was, ...data }) ? [] : [{ type: 'ComplaintClassified', data }];
  },

  EscalateComplaint: (complaint, { reason }) => {
    if (!isOpen(complaint)) return reject('complaint-not-open');
    const { level, escalatedFor } = complaint;
    return escalatedFor.includes(reason) ? [] : [{ type: 'ComplaintEscalated', data: { level: level + 1, reason } }];
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
  const overdue = overdueFor(command, complaint);
  const noticed = after(complaint, overdue, command);
  const own = ruled(command, noticed);
  if (isRejection(own) || (own.length === 0 && !CLOCKWORK.includes(command.type))) return own;
  const fault = faultIn(command, complaint, policies);
  return fault ?? [...overdue, ...own, ...clocksAfterwards({ command, before: noticed, own, policies })];
};

/** What was late before, and nobody has said. */
const overdueFor = (command: Stamped<ComplaintCommand>, complaint: Complaint): readonly ComplaintEvent[] =>
  escalating(command, complaint, breachesAt(clocksOf(complaint), command.meta.occurredAt, isLate(command)));

/** What comes at the very instant at which it is due is in time; the deadline itself is said at that instant. */
const isLate =
  ({ type, meta }: Stamped<ComplaintCommand>) =>
  (dueAt: string): boolean =>
    type === 'CheckSlaClocks' ? dueAt <= meta.occurredAt : dueAt < meta.occurredAt;

const after = (state: Complaint, facts: readonly ComplaintEvent[], { meta }: Stamped<ComplaintCommand>): Complaint =>
  facts.reduce<Complaint>((complaint, fact) => evolve(complaint, { ...fact, meta }), state);

/** Each of these, and after it that it takes the complaint further up. */
const escalating = (
  command: Stamped<ComplaintCommand>,
  before: Complaint,
  facts: readonly ComplaintEvent[],
): readonly ComplaintEvent[] => {
  let state = before;
  return facts.flatMap((fact) => {
    const told = [fact, ...escalatedBy(state, fact)];
    state = after(state, told, command);
    return told;
  });
};

type Decided = Readonly<{
  command: Stamped<ComplaintCommand>;
  before: Complaint;
  own: readonly ComplaintEvent[];
  policies: Policies<SlaPolicies>;
}>;

/** What the clocks have to say after what happened. */
const clocksAfterwards = ({ command, before, own, policies }: Decided): readonly ComplaintEvent[] => {
  const at = command.meta.occurredAt;
  const happened = after(before, own, command);
  if (happened.status === 'none') return [];
  const follows = consequencesOf({ command, before, after: happened, at, policies });
  const counted = after(happened, follows, command);
  const late = escalating(command, counted, breachesAt(clocksOf(counted), at, isLate(command)));
  const told = after(counted, late, command);
  return [...follows, ...late, ...escalating(command, told, warningsAt(clocksOf(told), at))];
};

const clocksOf = (complaint: Complaint): readonly Clock[] => (complaint.status === 'none' ? [] : complaint.clocks);

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
