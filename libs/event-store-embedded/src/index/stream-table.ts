import { GrowingUint32 } from './growing.js';

const TOMBSTONED = 1;

/** Two independent 32-bit hashes of a text. */
export const hash = (text: string): [number, number] => {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return [a >>> 0, b >>> 0];
};

/**
 * Streams by name. Names are not kept: a stream is found by 64 bits of hash, and `nameOf` reads its name back from its
 * latest event, so that two names with one hash are told apart.
 */
export class StreamTable {
  private readonly lows = new GrowingUint32();
  private readonly highs = new GrowingUint32();
  private readonly heads = new GrowingUint32();
  private readonly revisions = new GrowingUint32();
  private readonly flags = new GrowingUint32();
  private slots = new Uint32Array(1024);

  get size(): number {
    return this.heads.length;
  }

  /** The stream's number, or -1. `isNamed` decides whether the stream whose latest event is `head` bears the name. */
  find(name: string, isNamed: (head: number) => boolean): number {
    const [low, high] = hash(name);
    for (let at = low & (this.slots.length - 1); ; at = (at + 1) & (this.slots.length - 1)) {
      const stream = (this.slots[at] as number) - 1;
      if (stream < 0) return -1;
      if (this.lows.get(stream) === low && this.highs.get(stream) === high && isNamed(this.heads.get(stream)))
        return stream;
    }
  }

  add(name: string): number {
    const [low, high] = hash(name);
    return this.addHashed(low, high);
  }

  /** Hashes of the streams from number `from` on, in two lists. */
  hashesFrom(from: number): { lows: Uint32Array; highs: Uint32Array } {
    return { lows: this.lows.from(from), highs: this.highs.from(from) };
  }

  /** Head, revision and flags of one stream, as `restore` takes them. */
  stateOf(stream: number): { head: number; revision: number; flags: number } {
    return { head: this.heads.get(stream), revision: this.revisions.get(stream), flags: this.flags.get(stream) };
  }

  restore(stream: number, { head, revision, flags }: { head: number; revision: number; flags: number }): void {
    this.heads.set(stream, head);
    this.revisions.set(stream, revision);
    this.flags.set(stream, flags);
  }

  /** Adds streams by their hashes, as `hashesFrom` gives them. */
  append(lows: Uint32Array, highs: Uint32Array): void {
    for (let index = 0; index < lows.length; index++) this.addHashed(lows[index] as number, highs[index] as number);
  }

  private addHashed(low: number, high: number): number {
    const stream = this.heads.length;
    this.lows.push(low);
    this.highs.push(high);
    this.heads.push(0);
    this.revisions.push(0);
    this.flags.push(0);
    if (this.size * 2 > this.slots.length) this.enlarge();
    else this.place(stream);
    return stream;
  }

  head(stream: number): number {
    return this.heads.get(stream);
  }

  /** Revision of the latest event that is no tombstone, -1 for a stream that only has a tombstone. */
  lastRevision(stream: number): number {
    return this.revisions.get(stream) - 1;
  }

  isTombstoned(stream: number): boolean {
    return this.flags.get(stream) === TOMBSTONED;
  }

  extend(stream: number, head: number, revision: number): void {
    this.heads.set(stream, head);
    this.revisions.set(stream, revision + 1);
  }

  tombstone(stream: number, head: number): void {
    this.flags.set(stream, TOMBSTONED);
    this.heads.set(stream, head);
  }

  private place(stream: number): void {
    let at = this.lows.get(stream) & (this.slots.length - 1);
    while (this.slots[at] !== 0) at = (at + 1) & (this.slots.length - 1);
    this.slots[at] = stream + 1;
  }

  private enlarge(): void {
    this.slots = new Uint32Array(this.slots.length * 2);
    for (let stream = 0; stream < this.size; stream++) this.place(stream);
  }
}
