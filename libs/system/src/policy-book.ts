import type { EventStore, PolicyBook } from '#application';
import { defaultPolicies, type PolicyPublished } from '#domain';
import type { Event, Policy, Recorded } from '#kernel';

type Version = Pick<PolicyPublished, 'kind' | 'id' | 'version' | 'effectiveFrom' | 'body'>;

/** Policies from their streams; where none was ever published, the ones that ship. */
export class StreamedPolicies implements PolicyBook {
  constructor(private readonly store: EventStore) {}

  async effectiveAt(name: string, instant: string): Promise<Policy | undefined> {
    const published: Version[] = [];
    for await (const fact of this.store.read(`policy-${name}`)) {
      published.push((fact as Recorded<Event<'PolicyPublished', PolicyPublished>>).data);
    }
    const versions =
      published.length > 0 ? published : defaultPolicies.filter(({ kind, id }) => `${kind}.${id}` === name);
    const inForce = versions.filter(({ effectiveFrom }) => effectiveFrom <= instant).at(-1);
    return inForce && { ref: `${name}@${inForce.version}`, body: inForce.body };
  }
}
