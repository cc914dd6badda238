import fc from 'fast-check';
import type { Receipt } from '../clients.js';
import { type Case, casesFor, type Kind } from './cases.js';
import { type Answered, brokenLaws } from './laws.js';
import { type Operation, operationsOf } from './operations.js';
import { collectionIn, type Ids, Sender, sentOf } from './send.js';

/** Where to knock, and as whom. */
export type Door = Readonly<{ url: string; roles: readonly string[]; asRole: (role: string) => Case['headers'] }>;
/** A request that broke a law, with everything it takes to send it again. */
export type Breach = Readonly<{ laws: readonly string[]; role: string; status: number; sent: string; answer: string }>;
export type Found = Readonly<{
  cases: number;
  operations: number;
  /** How many answers of each status. */
  statuses: Readonly<Record<string, number>>;
  breaches: readonly Breach[];
  receipts: readonly Receipt[];
  /** How many operations did at least once what they are for. */
  done: number;
}>;

const LANES = 8;
const CHUNK = 256;
/** Few enough that many requests meet at the same thing. */
const KNOWN = 40;

/**
 * So many requests over every operation with every role, of one kind; the same seed makes the same requests, apart from
 * the ids of what they bring into being.
 */
export const fuzz = async (door: Door, kind: Kind, cases: number, seed: number): Promise<Found> => {
  const sender = new Sender(door.url);
  try {
    const headers = door.asRole(door.roles[0] as string);
    const { text } = await sender.send({ method: 'GET', path: '/openapi.json', headers, body: undefined });
    const operations = operationsOf(JSON.parse(text));
    const run = new Run(door, sender, operations, kind);
    for (let done = 0; done < cases; done += CHUNK)
      await run.round(fc.sample(run.anyCase, { numRuns: Math.min(CHUNK, cases - done), seed: seed + done }));
    return run.found();
  } finally {
    sender.close();
  }
};

type Chosen = Readonly<{ role: string; request: Case }>;

class Run {
  readonly anyCase: fc.Arbitrary<Chosen>;
  private readonly ids = new Map<string, string[]>();
  private readonly statuses: Record<string, number> = {};
  private readonly breaches: Breach[] = [];
  private readonly receipts: Receipt[] = [];
  private readonly done = new Set<string>();
  private cases = 0;

  constructor(
    private readonly door: Door,
    private readonly sender: Sender,
    private readonly operations: readonly Operation[],
    kind: Kind,
  ) {
    const of = (sort: Kind) => fc.oneof(...operations.map((operation) => casesFor(operation, sort)));
    // What nobody should send is said to things that somebody has brought into being.
    const request = fc.oneof({ weight: 7, arbitrary: of(kind) }, { weight: 1, arbitrary: of('fitting') });
    this.anyCase = fc.record({ role: fc.constantFrom(...door.roles), request });
  }

  /** Ids are those known before the round, so that lanes cannot change what is sent. */
  async round(chosen: readonly Chosen[]): Promise<void> {
    const ids: Ids = structuredClone(this.ids);
    const left = [...chosen];
    const lane = async () => {
      for (let next = left.pop(); next; next = left.pop()) await this.one(next, ids);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  found(): Found {
    const { cases, operations, statuses, breaches, receipts } = this;
    return { cases, operations: operations.length, statuses, breaches, receipts, done: this.done.size };
  }

  private async one({ role, request }: Chosen, ids: Ids): Promise<void> {
    const sent = sentOf({ ...request, headers: { ...this.door.asRole(role), ...request.headers } }, ids);
    const answer = await this.sender.send(sent);
    this.cases++;
    this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    if (answer.status < 300 && sent.method === methodOf(this.operations, request)) this.done.add(request.operation);
    this.remember(sent.path, answer);
    // Who is still sending a megabyte may find the line cut before it reads why.
    const laws = answer.status === 0 && (sent.body?.length ?? 0) > 1_048_576 ? [] : brokenLaws(answer);
    if (laws.length === 0) return;
    const told = `${sent.method} ${sent.path} ${JSON.stringify(request.headers)} ${sent.body ?? ''}`;
    this.breaches.push({
      laws,
      role,
      status: answer.status,
      sent: told.slice(0, 1500),
      answer: answer.text.slice(0, 500),
    });
  }

  private remember(path: string, { status, text }: Answered): void {
    if (status !== 200 && status !== 201) return;
    if (!text.startsWith('{"id":')) return;
    const receipt = JSON.parse(text) as Receipt;
    if (!Array.isArray(receipt.events) || receipt.events.length === 0) return;
    this.receipts.push(receipt);
    if (status !== 201) return;
    const collection = collectionIn(path);
    this.ids.set(collection, [...(this.ids.get(collection) ?? []), receipt.id].slice(-KNOWN));
  }
}

const methodOf = (operations: readonly Operation[], { operation }: Case) =>
  operations.find(({ name }) => name === operation)?.method;
