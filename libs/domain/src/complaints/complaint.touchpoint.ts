import type { Meaning } from '#kernel';
import { milestones } from '../vocabulary/service-levels.js';
import type { ComplaintEvent } from './complaint.messages.js';

type Facts = { [E in ComplaintEvent as E['type']]: E['data'] };
type Told<T extends keyof Facts> = { [K in T]: Readonly<{ type: K; data: Facts[K] }> }[T];

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
  ComplaintEscalated: ({ level, reason, clock }) => ({
    sentiment: 0,
    summary: `escalated-${reason}`,
    params: { level, ...(clock !== undefined && { clock }) },
  }),
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
  SlaTargetChanged: ({ clock, cause, dueAt, wasDueAt }) => ({
    sentiment: 0,
    ...(dueAt === wasDueAt ? { summary: 'unmoved', params: { clock } } : ofClock(`moved-${cause}`, clock)),
  }),
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

/** What a fact meant to who complained. */
export const touchpoint = <T extends keyof Facts>({ type, data }: Told<T>): Meaning => meanings[type](data);
