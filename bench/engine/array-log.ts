import { dayNumber, dayText, type Recorded } from '#kernel';
import type { Log, LogEntry } from '#projections';

/** A log in memory: what remains to be measured is the engine. */
export class ArrayLog implements Log {
  readonly entries: LogEntry[] = [];
  #wake: (() => void)[] = [];

  append(fact: Recorded): void {
    this.entries.push({ kind: 'fact', fact });
    this.#wakeAll();
  }

  async head(): Promise<bigint | null> {
    return BigInt(this.entries.length);
  }

  async *follow({ after, signal }: { after: bigint | null; signal: AbortSignal }): AsyncIterable<LogEntry> {
    signal.addEventListener('abort', () => this.#wakeAll(), { once: true });
    for (let index = Number(after ?? 0n); !signal.aborted; ) {
      const entry = this.entries[index];
      if (entry) {
        index += 1;
        yield entry;
      } else await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  read(): AsyncIterable<Recorded> {
    throw new Error('Nothing is refolded here');
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

const uuid = (number: number) => `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

type Named = Readonly<{ stream: string; customer: string; type: string; on: string }>;

export const factAt = (index: number, { stream, customer, type, on }: Named): Recorded => {
  const at = `${on}T10:00:00.000Z`;
  const id = uuid(index);
  return {
    type,
    data: {
      amount: 1000 + (index % 5000),
      on,
      lines: [1, 2, 3].map((line) => ({ sku: `SKU-${(index * line) % 4000}`, price: 100 * line })),
    },
    id,
    stream,
    revision: 0n,
    position: BigInt(index + 1),
    recordedAt: at,
    customers: [{ id: customer, role: 'self' }],
    meta: {
      commandId: id,
      correlationId: id,
      causationId: id,
      occurredAt: at,
      zone: 'Europe/London',
      actor: { kind: 'system', id: 'bench' },
      channel: 'import',
    },
  };
};

const DAYS = 374;

/** Domain mix: bookings placed and completed, customers by Zipf, the days closed at the end. */
export const domainMix = (events: number, customers = 4_300): ArrayLog => {
  const log = new ArrayLog();
  let seed = 7;
  const next = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  for (let index = 0; index < events; index += 2) {
    const customer = uuid(Math.floor(customers ** next()));
    const on = dayText(dayNumber('2010-12-01') + Math.floor((index / events) * DAYS));
    const stream = `booking-${uuid(index)}`;
    log.append(factAt(index, { stream, customer, type: 'BookingPlaced', on }));
    log.append(factAt(index + 1, { stream, customer, type: 'BookingCompleted', on }));
  }
  return log;
};
