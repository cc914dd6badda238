import type { Member } from './member.js';
import { Pack, type Surroundings } from './pack.js';

/** A pack that has caught up this fast is near enough to be joined with the one that leads. */
const NEAR_MS = 1_000;

/** The packs of one process: one leads and follows the log, others catch up with it. */
export class Crew {
  readonly packs = new Set<Pack>();
  readonly #members = new Set<Member>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #lead: Pack | null = null;
  #regrouping: Promise<void> = Promise.resolve();

  constructor(private readonly around: Surroundings) {}

  /** Those that stand at the same place read together, from there. */
  add(members: readonly Member[]): void {
    for (const member of members) this.#members.add(member);
    const groups = byPosition(members);
    if (this.#lead === null) this.#lead = this.#follow(groups.shift() ?? []);
    for (const group of groups) this.#launch(this.#catchUp(group));
  }

  /** Settles when the view is no longer written here. */
  async dismiss(member: Member): Promise<void> {
    this.#members.delete(member);
    await Promise.all([...this.packs].map((pack) => pack.dismiss(member)));
  }

  /** Lets the batches under way end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#regrouping;
    await Promise.all([...this.packs].map((pack) => pack.stop()));
    await Promise.all(this.#tasks);
  }

  #launch(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }

  #follow(members: readonly Member[], until: bigint | null = null): Pack {
    const pack = new Pack(this.around, members, 'live', until);
    this.packs.add(pack);
    this.#launch(pack.run().finally(() => this.packs.delete(pack)));
    return pack;
  }

  /** Views behind the others read for themselves until they are near, then share the read. */
  async #catchUp(members: readonly Member[]): Promise<void> {
    for (let behind = members; behind.length > 0 && !this.#stop.signal.aborted; ) {
      const target = this.#lead?.position ?? null;
      if (target === null) return this.#join(behind);
      const from = performance.now();
      const pack = this.#follow(behind, target);
      await pack.run();
      behind = pack.members.filter((member) => this.#members.has(member));
      if (performance.now() - from < NEAR_MS) return this.#join(behind);
    }
  }

  /** The pack that leads begins again with more members, from the one furthest behind; the others skip what they have. */
  #join(members: readonly Member[]): Promise<void> {
    this.#regrouping = this.#regrouping.then(async () => {
      await this.#lead?.stop();
      if (this.#stop.signal.aborted) return;
      const all = [...(this.#lead?.members ?? []), ...members];
      this.#lead = this.#follow(all.filter((member) => this.#members.has(member)));
    });
    return this.#regrouping;
  }
}

/** The furthest first. */
const byPosition = (members: readonly Member[]): Member[][] => {
  const groups = new Map<bigint, Member[]>();
  for (const member of members) {
    const position = member.committed.position ?? -1n;
    groups.set(position, [...(groups.get(position) ?? []), member]);
  }
  return [...groups].sort(([a], [b]) => (a > b ? -1 : 1)).map(([, group]) => group);
};
