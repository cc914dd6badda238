import { newId, type Wish } from '#application';
import type { AnySlice, Command } from '#kernel';
import type { Session } from '#system';
import type { Hands } from './verb.js';

/** Something said at this desk, now, by whoever runs the verb. */
export const wishAtDesk = (
  { who: { principal: by } }: Hands,
  { clock, log }: Pick<Session, 'clock' | 'log'>,
  { slice, id, commands }: Readonly<{ slice: AnySlice; id: string; commands: readonly Command[] }>,
): Wish => {
  const commandId = newId();
  const meta = {
    ...{ commandId, correlationId: commandId, causationId: commandId },
    ...{ occurredAt: clock.now(), zone: log.company.zone, actor: { kind: by.kind, id: by.id }, channel: 'cli' },
  };
  return { slice, id, commands, meta };
};
