import { GrowingUint32, OrdinalList, PositionList } from './growing.js';
import { Changes, type IndexPart, joined, splitInto } from './index-part.js';
import { hash, StreamTable } from './stream-table.js';
import { categoryOf } from './system-streams.js';

/** `type` is the one it is listed under. `softDeletes` names the stream whose deletion this metadata event is, `correlation` what its metadata belongs to. */
export type IndexedEvent = Readonly<{
  stream: string;
  type: string;
  revision: number | undefined;
  position: number;
  softDeletes?: string | undefined;
  correlation?: string | undefined;
}>;

/**
 * Where every event is: by ordinal in the log and by revision in its stream; and the lists behind the system streams.
 * It is derived from the log and lives in memory: about 24 bytes an event.
 *
 * Revisions are found over jump pointers: beside its predecessor every event names one much earlier, chosen by its revision
 * alone, so that any revision is reached in a logarithmic number of steps (Myers, "An applicative random-access stack", 1983).
 */
export class EventIndex {
  readonly positions = new PositionList();
  readonly firsts = new OrdinalList();
  private readonly streams = new StreamTable();
  private readonly correlations = new GrowingUint32();
  private readonly previous = new GrowingUint32();
  private readonly jumps = new GrowingUint32();
  private readonly categories = new Map<string, OrdinalList>();
  private readonly types = new Map<string, OrdinalList>();
  private changes = new Changes(0, 0, 0);

  /** `nameAt` tells the stream name of an event by its ordinal. */
  constructor(private readonly nameAt: (ordinal: number) => string) {}

  /** Number of events. */
  get size(): number {
    return this.positions.length;
  }

  /** The stream's number, or -1 where nothing was ever written under that name. */
  find(name: string): number {
    return this.streams.find(name, (head) => this.nameAt(head) === name);
  }

  lastRevision(stream: number): number {
    return this.streams.lastRevision(stream);
  }

  isTombstoned(stream: number): boolean {
    return this.streams.isTombstoned(stream);
  }

  /** Takes up the next event of the log. `known` is its stream's number where the caller knows it, -1 where it is new. */
  add(event: IndexedEvent, known = this.find(event.stream)): number {
    const ordinal = this.positions.length;
    const stream = known < 0 ? this.streams.add(event.stream) : known;
    this.positions.push(event.position);
    this.correlations.push(event.correlation === undefined ? 0 : correlationHash(event.correlation));
    this.changes.streams.add(stream);
    this.link(stream, ordinal, event.revision);
    this.list(event, ordinal);
    return stream;
  }

  /** Ordinal of an event, which must exist. */
  ordinalOf(stream: number, revision: number): number {
    const head = this.headOf(stream);
    return this.descend(head, this.lastRevision(stream), revision);
  }

  /** Ordinals of the revisions from `first` to `last`, both included, which must exist. */
  ordinalsOf(stream: number, first: number, last: number): Uint32Array {
    const ordinals = new Uint32Array(last - first + 1);
    let ordinal = this.ordinalOf(stream, last);
    for (let at = ordinals.length - 1; at >= 0; at--) {
      ordinals[at] = ordinal;
      ordinal = this.previous.get(ordinal);
    }
    return ordinals;
  }

  /** What was added since the last `startPart`, with positions relative to `base`. */
  part(base: number): IndexPart {
    const { first, firstStream, firstOfStreams, streams, categories, types } = this.changes;
    const states = Array.from(streams, (stream) => this.streams.stateOf(stream));
    return {
      first,
      firstStream,
      categories: Array.from(categories, ([name, from]) => [name, (this.categories.get(name)?.length ?? 0) - from]),
      types: Array.from(types, ([name, from]) => [name, (this.types.get(name)?.length ?? 0) - from]),
      numbers: {
        offsets: this.positions.from(first, base),
        previous: this.previous.from(first),
        jumps: this.jumps.from(first),
        correlations: this.correlations.from(first),
        firsts: this.firsts.from(firstOfStreams),
        ...this.streams.hashesFrom(firstStream),
        streams: Uint32Array.from(streams),
        heads: Uint32Array.from(states, ({ head }) => head),
        revisions: Uint32Array.from(states, ({ revision }) => revision),
        flags: Uint32Array.from(states, ({ flags }) => flags),
        categoryOrdinals: joined(categories, this.categories),
        typeOrdinals: joined(types, this.types),
      },
    };
  }

  startPart(): void {
    this.changes = new Changes(this.size, this.streams.size, this.firsts.length);
  }

  /** Takes a part that was made when the index stood where it stands now. False, and nothing taken, where it does not fit. */
  addPart({ first, firstStream, categories, types, numbers }: IndexPart, base: number): boolean {
    if (first !== this.size || firstStream !== this.streams.size) return false;
    this.positions.append(numbers.offsets, base);
    this.previous.append(numbers.previous);
    this.jumps.append(numbers.jumps);
    this.correlations.append(numbers.correlations);
    this.firsts.append(numbers.firsts);
    this.streams.append(numbers.lows, numbers.highs);
    for (let index = 0; index < numbers.streams.length; index++) {
      const stream = numbers.streams[index] as number;
      const [head = 0, revision = 0, flags = 0] = [
        numbers.heads[index],
        numbers.revisions[index],
        numbers.flags[index],
      ];
      this.streams.restore(stream, { head, revision, flags });
      this.changes.streams.add(stream);
    }
    splitInto(categories, numbers.categoryOrdinals, (name, ordinals) =>
      this.listOf('categories', name).append(ordinals),
    );
    splitInto(types, numbers.typeOrdinals, (name, ordinals) => this.listOf('types', name).append(ordinals));
    return true;
  }

  /** Ordinal of the event that ended the stream for good. */
  tombstoneOf(stream: number): number {
    return this.streams.head(stream);
  }

  /** Ordinals from `from` on of the events that may belong to a correlation: one in four thousand million is another's. */
  correlated(correlation: string, from: number): number[] {
    const wanted = correlationHash(correlation);
    const found: number[] = [];
    for (let ordinal = from; ordinal < this.size; ordinal++)
      if (this.correlations.get(ordinal) === wanted) found.push(ordinal);
    return found;
  }

  category(name: string): OrdinalList | undefined {
    return this.categories.get(name);
  }

  type(name: string): OrdinalList | undefined {
    return this.types.get(name);
  }

  /** The list of a category or type, which is about to grow. */
  private listOf(lists: 'categories' | 'types', name: string): OrdinalList {
    const list = this[lists].get(name) ?? new OrdinalList();
    if (!list.length) this[lists].set(name, list);
    if (!this.changes[lists].has(name)) this.changes[lists].set(name, list.length);
    return list;
  }

  private headOf(stream: number): number {
    const head = this.streams.head(stream);
    return this.streams.isTombstoned(stream) ? this.previous.get(head) : head;
  }

  private link(stream: number, ordinal: number, revision: number | undefined): void {
    const before = this.streams.lastRevision(stream) < 0 ? ordinal : this.streams.head(stream);
    this.previous.push(before);
    this.jumps.push(this.descendOrStay(before, revision));
    if (revision === undefined) this.streams.tombstone(stream, ordinal);
    else this.streams.extend(stream, ordinal, revision);
  }

  private descendOrStay(before: number, revision: number | undefined): number {
    return revision === undefined || revision === 0 ? before : this.descend(before, revision - 1, jumpTarget(revision));
  }

  private descend(from: number, revision: number, target: number): number {
    let ordinal = from;
    let at = revision;
    while (at > target) {
      const jump = jumpTarget(at);
      if (jump >= target) {
        ordinal = this.jumps.get(ordinal);
        at = jump;
      } else {
        ordinal = this.previous.get(ordinal);
        at--;
      }
    }
    return ordinal;
  }

  private list({ stream, type, revision, softDeletes }: IndexedEvent, ordinal: number): void {
    if (revision === 0) this.firsts.push(ordinal);
    const category = categoryOf(softDeletes ?? stream);
    if (category !== undefined) this.listOf('categories', category).push(ordinal);
    this.listOf('types', type).push(ordinal);
  }
}

/** Zero stands for none. */
const correlationHash = (correlation: string): number => hash(correlation)[0] || 1;

/** The revision an event jumps to: its own, written as a sum of numbers 2^k - 1 (largest first), without the last summand. */
const jumpTarget = (revision: number): number => {
  let rest = revision;
  let weight = 0;
  while (rest > 0) {
    weight = ((1 << (31 - Math.clz32(rest + 1))) >>> 0) - 1;
    rest -= weight;
  }
  return revision - weight;
};
