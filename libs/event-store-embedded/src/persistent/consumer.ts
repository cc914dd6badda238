import { randomUUID } from 'node:crypto';
import { readResponse } from '../read/resolved-event.js';
import { withStructuredIds } from '../read/responses.js';
import type { Call } from '../wire/call.js';
import { framed } from '../wire/framing.js';
import { type Message, retryCountField } from './message.js';

/** One connected member of a group. It holds at most as many unacknowledged events as it asked for. */
export class Consumer {
  readonly inFlight = new Set<string>();
  /** Tells it from other consumers. */
  readonly token = randomUUID();
  /** Number of events it was sent. */
  sent = 0;

  constructor(
    readonly call: Call,
    readonly slots: number,
    readonly connectionName: string,
    private readonly structuredIds: boolean,
  ) {}

  get canTake(): boolean {
    return this.call.open && this.call.writable && this.inFlight.size < this.slots;
  }

  send(message: Message): void {
    const response = readResponse({ ...message.resolved, extra: retryCountField(message.retries) });
    this.call.write(framed(this.structuredIds ? withStructuredIds(response) : response));
    this.inFlight.add(message.id);
    this.sent++;
  }

  settle(id: string): void {
    this.inFlight.delete(id);
  }
}
