const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

/** Stands for every chunk that holds nothing but zeros. Never written to. */
const ZEROS = new Uint32Array(CHUNK);

/** A list of 32-bit numbers that grows without being copied: four bytes an entry, outside the garbage collector's sight; zeros in a row cost nothing. */
export class GrowingUint32 {
  private readonly chunks: Uint32Array[] = [];
  length = 0;

  push(value: number): void {
    if (this.length >>> CHUNK_BITS === this.chunks.length) this.chunks.push(ZEROS);
    this.set(this.length++, value);
  }

  get(index: number): number {
    return (this.chunks[index >>> CHUNK_BITS] as Uint32Array)[index & MASK] as number;
  }

  /** A copy of the entries from `from` on. */
  from(from: number): Uint32Array {
    const copy = new Uint32Array(this.length - from);
    for (let at = from; at < this.length; ) {
      const until = Math.min(this.length, (at | MASK) + 1);
      const chunk = this.chunks[at >>> CHUNK_BITS] as Uint32Array;
      copy.set(chunk.subarray(at & MASK, (at & MASK) + until - at), at - from);
      at = until;
    }
    return copy;
  }

  append(values: Uint32Array): void {
    for (let at = 0; at < values.length; ) {
      const offset = this.length & MASK;
      const some = values.subarray(at, at + CHUNK - offset);
      if (offset === 0) this.chunks.push(ZEROS);
      if (some.some((value) => value !== 0)) this.written(this.chunks.length - 1).set(some, offset);
      this.length += some.length;
      at += some.length;
    }
  }

  set(index: number, value: number): void {
    const number = index >>> CHUNK_BITS;
    const chunk = this.chunks[number] as Uint32Array;
    if (chunk !== ZEROS) chunk[index & MASK] = value;
    else if (value !== 0) this.written(number)[index & MASK] = value;
  }

  /** The chunk of this number, to be written to. */
  private written(number: number): Uint32Array {
    if (this.chunks[number] === ZEROS) this.chunks[number] = new Uint32Array(CHUNK);
    return this.chunks[number] as Uint32Array;
  }
}

const BLOCK_BITS = 12;
const BLOCK = 1 << BLOCK_BITS;
const SHORT = 1 << 16;

/**
 * A list of ordinals in ascending order: as many of these may exist as there are categories and types. Complete blocks of it
 * hold the distances from their first entry, in two bytes each where that is enough.
 */
export class OrdinalList {
  private readonly blocks: (Uint16Array | Uint32Array)[] = [];
  private readonly bases: number[] = [];
  private last = new Uint32Array(4);
  length = 0;

  push(value: number): void {
    const at = this.length & (BLOCK - 1);
    if (at === this.last.length) {
      const larger = new Uint32Array(this.last.length * 2);
      larger.set(this.last);
      this.last = larger;
    }
    this.last[at] = value;
    this.length++;
    if (at === BLOCK - 1) this.close();
  }

  get(index: number): number {
    const number = index >>> BLOCK_BITS;
    const at = index & (BLOCK - 1);
    if (number === this.blocks.length) return this.last[at] as number;
    return (this.bases[number] as number) + ((this.blocks[number] as Uint32Array)[at] as number);
  }

  /** A copy of the entries from `from` on. */
  from(from: number): Uint32Array {
    const copy = new Uint32Array(this.length - from);
    for (let index = from; index < this.length; index++) copy[index - from] = this.get(index);
    return copy;
  }

  append(values: Uint32Array): void {
    for (let index = 0; index < values.length; index++) this.push(values[index] as number);
  }

  private close(): void {
    const base = this.last[0] as number;
    const isShort = (this.last[BLOCK - 1] as number) - base < SHORT;
    const block = isShort ? new Uint16Array(BLOCK) : new Uint32Array(BLOCK);
    for (let at = 0; at < BLOCK; at++) block[at] = (this.last[at] as number) - base;
    this.blocks.push(block);
    this.bases.push(base);
  }
}

const GROUP_BITS = 6;

/** Positions of all events by ordinal: four bytes each and a base for every 64 (a record is at most 64 MiB long). */
export class PositionList {
  private readonly offsets = new GrowingUint32();
  private readonly bases: number[] = [];

  get length(): number {
    return this.offsets.length;
  }

  push(position: number): void {
    if (this.offsets.length >>> GROUP_BITS === this.bases.length) this.bases.push(position);
    this.offsets.push(position - (this.bases[this.offsets.length >>> GROUP_BITS] as number));
  }

  get(ordinal: number): number {
    return (this.bases[ordinal >>> GROUP_BITS] as number) + this.offsets.get(ordinal);
  }

  /** The positions from ordinal `from` on, relative to `base`. */
  from(from: number, base: number): Uint32Array {
    const offsets = new Uint32Array(this.length - from);
    for (let ordinal = from; ordinal < this.length; ordinal++) offsets[ordinal - from] = this.get(ordinal) - base;
    return offsets;
  }

  append(offsets: Uint32Array, base: number): void {
    for (let index = 0; index < offsets.length; index++) this.push(base + (offsets[index] as number));
  }

  /** Ordinal of the first event at or after `position`; the length when there is none. */
  firstAt(position: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.get(middle) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
