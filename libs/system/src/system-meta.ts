import type { Meta } from '#kernel';

/** The envelope of what the system itself records. */
export const systemMeta = (commandId: string, occurredAt: string, zone: string): Meta => ({
  commandId,
  correlationId: commandId,
  causationId: commandId,
  occurredAt,
  zone,
  actor: { kind: 'system', id: 'touchline' },
  channel: 'system',
});
