import { Conflict, type EventStore, idFrom, type LogIdentity, type PolicyBook, Unavailable } from '#application';
import {
  bodyOf,
  type CalendarPolicies,
  calendarNeeds,
  defaultPolicies,
  inForceAt,
  type PolicyPublished,
  policy,
  type Roles,
} from '#domain';
import { type Company, type Event, isRejection, type Policy, type Recorded, type Rejection, streamOf } from '#kernel';
import { systemMeta } from './system-meta.js';

type Versions = readonly PolicyPublished[];

/** Policies from their streams. What was read stays known: each time only what came since is read. */
export class StreamedPolicies implements PolicyBook {
  private readonly known = new Map<string, Versions>();

  constructor(private readonly store: Pick<EventStore, 'read'>) {}

  /** By name, the read under way and the one that begins when it has ended: whoever asks in the meantime shares that one. */
  private readonly reads = new Map<string, { last: Promise<unknown>; next: Promise<Versions> | undefined }>();

  async effectiveAt(name: string, instant: string, signal?: AbortSignal): Promise<Policy | Rejection | undefined> {
    return policyIn(await unlessOver(this.versionsOf(name), signal), name, instant);
  }

  /**
   * As they are published at this moment or later. Many commands at once lean on one policy: one read serves them all. Who
   * comes while it is under way waits for the next: this one may have passed what was published meanwhile.
   */
  private versionsOf(name: string): Promise<Versions> {
    const reads = this.reads.get(name) ?? { last: Promise.resolve(), next: undefined };
    this.reads.set(name, reads);
    reads.next ??= reads.last.then(() => {
      const read = this.read(name);
      reads.next = undefined;
      reads.last = read.catch(() => undefined);
      return read;
    });
    return reads.next;
  }

  private async read(name: string): Promise<Versions> {
    const before = this.known.get(name) ?? [];
    const since: PolicyPublished[] = [];
    for await (const fact of this.store.read(streamOf(policy, name), { from: BigInt(before.length) }))
      since.push((fact as Recorded<Event<'PolicyPublished', PolicyPublished>>).data);
    const published = since.length === 0 ? before : [...before, ...since];
    this.known.set(name, published);
    return published;
  }
}

/** A read is shared, a deadline is not: who may wait no longer goes, and the others have their answer. */
const unlessOver = <T>(shared: Promise<T>, signal?: AbortSignal): Promise<T> => {
  if (!signal) return shared;
  return new Promise((answered, failed) => {
    const over = () => failed(new Unavailable('policies: no answer in time'));
    if (signal.aborted) over();
    signal.addEventListener('abort', over, { once: true });
    shared.then(answered, failed).finally(() => signal.removeEventListener('abort', over));
  });
};

/** Calendars of these ids, and the lists of holidays that they keep, as they are in force at an instant; none that is not there. */
export const calendarsAt = async (
  book: PolicyBook,
  ids: readonly string[],
  instant: string,
): Promise<CalendarPolicies> => {
  const found: Record<string, Policy> = {};
  for (;;) {
    const missing = Object.keys(calendarNeeds(ids, found as CalendarPolicies)).filter((name) => !(name in found));
    const policies = await Promise.all(missing.map((name) => book.effectiveAt(name, instant)));
    const known = missing.flatMap((name, at) => {
      const policy = policies[at];
      return policy && !isRejection(policy) ? [[name, policy] as const] : [];
    });
    if (known.length === 0) return found as CalendarPolicies;
    Object.assign(found, Object.fromEntries(known));
  }
};

/** The rules that a log would begin with. */
export const policiesBefore = (company: Company): PolicyBook => ({
  effectiveAt: async (name, instant) =>
    policyIn(
      defaultPolicies(company).filter((data) => nameOf(data) === name),
      name,
      instant,
    ),
});

const policyIn = (
  versions: readonly PolicyPublished[],
  name: string,
  instant: string,
): Policy | Rejection | undefined => {
  const inForce = inForceAt(versions, instant);
  if (!inForce) return undefined;
  const body = bodyOf(inForce);
  return isRejection(body) ? body : { ref: `${name}@${inForce.version}`, body };
};

const nameOf = ({ kind, id }: PolicyPublished): string => `${kind}.${id}`;

type Store = EventStore & Readonly<{ lastRevision: (stream: string) => Promise<bigint> }>;

/**
 * Publishes the rules a company starts with, each where its stream is empty. Any number of processes may do it at once.
 * @param firstRoles asked where no roles are published yet
 */
export const publishDefaults = async (
  store: Store,
  { logId, company }: LogIdentity,
  now: string,
  firstRoles: () => Promise<Roles>,
): Promise<void> => {
  const publish = async (data: PolicyPublished) => {
    const stream = streamOf(policy, nameOf(data));
    if ((await store.lastRevision(stream)) >= 0n) return;
    const id = idFrom(logId, 'PolicyPublished', nameOf(data));
    const meta = systemMeta(id, now, company.zone);
    const first = data.kind === 'roles' ? { ...data, body: await firstRoles() } : data;
    await store
      .append(stream, -1n, [{ id, type: 'PolicyPublished', data: first, meta, customers: [] }])
      .catch((error: unknown) => {
        if (!(error instanceof Conflict)) throw error; // another process was faster
      });
  };
  await Promise.all(defaultPolicies(company).map(publish));
};
