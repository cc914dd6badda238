import type { Complaint } from './complaint.js';
import type { ComplaintEvent } from './complaint.messages.js';

/**
 * That a complaint is taken further up because of a fact of its clocks: each threshold that was reached is one level,
 * and so is the end of the time. One that was skipped, because the time was cut short, counts too.
 * `before`: the complaint before that fact.
 */
export const escalatedBy = (before: Complaint, fact: ComplaintEvent): readonly ComplaintEvent[] => {
  if (before.status === 'none' || (fact.type !== 'SlaWarningRaised' && fact.type !== 'SlaBreached')) return [];
  const { clock: name } = fact.data;
  const clock = before.clocks.find(({ clock }) => clock === name);
  if (!clock) return [];
  const [threshold, isEnd] = fact.type === 'SlaBreached' ? [100, 1] : [fact.data.threshold, 0];
  const reached = clock.warnAt.filter((warning) => warning.threshold > clock.warned && warning.threshold <= threshold);
  const level = before.level + reached.length + isEnd;
  const data = { level, reason: 'time' as const, clock: name, ...(isEnd === 0 && { threshold }) };
  return [{ type: 'ComplaintEscalated', data }];
};
