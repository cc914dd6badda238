import { newId, type Wish } from '#application';
import { complaint } from '#domain';
import type { CommandOf } from '#kernel';
import type { Session } from '#system';
import type { Hands } from './verb.js';

/** Something said to a complaint at this desk, now, by whoever runs the verb. */
export const complaintWish = (
  { who: { principal: by } }: Hands,
  { clock, log }: Pick<Session, 'clock' | 'log'>,
  id: string,
  command: CommandOf<typeof complaint>,
): Wish => {
  const commandId = newId();
  const meta = {
    ...{ commandId, correlationId: commandId, causationId: commandId },
    ...{ occurredAt: clock.now(), zone: log.company.zone, actor: { kind: by.kind, id: by.id }, channel: 'cli' },
  };
  return { slice: complaint, id, commands: [command], meta };
};
