import { Conflict, type EventStore, idFrom, type LogIdentity, type PolicyBook } from '#application';
import { defaultPolicies, inForceAt, type PolicyPublished, policy } from '#domain';
import { type Company, type Event, type Policy, type Recorded, streamOf } from '#kernel';
import { systemMeta } from './system-meta.js';

type Versions = readonly PolicyPublished[];

/** Policies from their streams. */
export class StreamedPolicies implements PolicyBook {
  constructor(private readonly store: Pick<EventStore, 'read'>) {}

  /** By name, the read under way and the one that begins when it has ended: whoever asks in the meantime shares that one. */
  private readonly reads = new Map<string, { last: Promise<unknown>; next: Promise<Versions> | undefined }>();

  async effectiveAt(name: string, instant: string): Promise<Policy | undefined> {
    return policyIn(await this.versionsOf(name), name, instant);
  }

  /** As they are published at this moment or later. Many commands at once lean on one policy: one read serves them all. */
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
    const published: PolicyPublished[] = [];
    for await (const fact of this.store.read(streamOf(policy, name)))
      published.push((fact as Recorded<Event<'PolicyPublished', PolicyPublished>>).data);
    return published;
  }
}

/** The rules that a log would begin with. */
export const policiesBefore = (company: Company): PolicyBook => ({
  effectiveAt: async (name, instant) =>
    policyIn(
      defaultPolicies(company).filter((data) => nameOf(data) === name),
      name,
      instant,
    ),
});

const policyIn = (versions: readonly PolicyPublished[], name: string, instant: string): Policy | undefined => {
  const inForce = inForceAt(versions, instant);
  return inForce && { ref: `${name}@${inForce.version}`, body: inForce.body };
};

const nameOf = ({ kind, id }: PolicyPublished): string => `${kind}.${id}`;

type Store = EventStore & Readonly<{ lastRevision: (stream: string) => Promise<bigint> }>;

/** Publishes the rules a company starts with, each where its stream is empty. Any number of processes may do it at once. */
export const publishDefaults = async (store: Store, { logId, company }: LogIdentity, now: string): Promise<void> => {
  const publish = async (data: PolicyPublished) => {
    const stream = streamOf(policy, nameOf(data));
    if ((await store.lastRevision(stream)) >= 0n) return;
    const id = idFrom(logId, 'PolicyPublished', nameOf(data));
    const meta = systemMeta(id, now, company.zone);
    await store
      .append(stream, -1n, [{ id, type: 'PolicyPublished', data, meta, customers: [] }])
      .catch((error: unknown) => {
        if (!(error instanceof Conflict)) throw error; // another process was faster
      });
  };
  await Promise.all(defaultPolicies(company).map(publish));
};
