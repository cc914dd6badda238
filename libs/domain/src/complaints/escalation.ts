import type { Complaint } from './complaint.js';
import type { ComplaintEvent } from './complaint.messages.js';

/**
 * That a complaint is taken further up because of a fact of its clocks: the level is how many of its thresholds a clock has
 * reached, and one more when its time has ended. Of several clocks the highest counts; who is up there already stays there.
 * `before`: the complaint before that fact.
 */
export const escalatedBy = (before: Complaint, fact: ComplaintEvent): readonly ComplaintEvent[] => {
  if (before.status === 'none' || (fact.type !== 'SlaWarningRaised' && fact.type !== 'SlaBreached')) return [];
  const { clock: name } = fact.data;
  const clock = before.clocks.find(({ clock }) => clock === name);
  if (!clock) return [];
  const isEnd = fact.type === 'SlaBreached';
  const reached = clock.warnAt.filter(({ threshold }) => isEnd || threshold <= fact.data.threshold);
  const level = reached.length + (isEnd ? 1 : 0);
  if (level <= before.level) return [];
  const data = { level, reason: 'time' as const, clock: name, ...(!isEnd && { threshold: fact.data.threshold }) };
  return [{ type: 'ComplaintEscalated', data }];
};
