import type { Meta } from '#kernel';
import { machineClock } from '#system';

/** The envelope of a benchmark's command. */
export const metaOf = (commandId: string): Meta => ({
  commandId,
  correlationId: commandId,
  causationId: commandId,
  occurredAt: machineClock.now(),
  zone: 'UTC',
  actor: { kind: 'system', id: 'bench' },
  channel: 'bench',
});
