const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

/** A list of 32-bit numbers that grows without being copied: four bytes an entry, outside the garbage collector's sight. */
export class GrowingUint32 {
  private readonly chunks: Uint32Array[] = [];
  length = 0;

  push(value: number): void {
    if (this.length >>> CHUNK_BITS === this.chunks.length) this.chunks.push(new Uint32Array(CHUNK));
    (this.chunks[this.length >>> CHUNK_BITS] as Uint32Array)[this.length & MASK] = value;
    this.length++;
  }

  get(index: number): number {
    return (this.chunks[index >>> CHUNK_BITS] as Uint32Array)[index & MASK] as number;
  }

  /** A copy of the entries from `from` on. */
  from(from: number): Uint32Array {
    return Uint32Array.from({ length: this.length - from }, (_, index) => this.get(from + index));
  }

  append(values: Uint32Array): void {
    for (let index = 0; index < values.length; index++) this.push(values[index] as number);
  }

  set(index: number, value: number): void {
    (this.chunks[index >>> CHUNK_BITS] as Uint32Array)[index & MASK] = value;
  }
}

/** A short list of 32-bit numbers: as many of these may exist as there are categories and types. */
export class OrdinalList {
  private values = new Uint32Array(4);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.length < 65536 ? this.length * 2 : Math.ceil(this.length * 1.25));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  get(index: number): number {
    return this.values[index] as number;
  }

  /** A copy of the entries from `from` on. */
  from(from: number): Uint32Array {
    return this.values.slice(from, this.length);
  }

  append(values: Uint32Array): void {
    for (const value of values) this.push(value);
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
    return Uint32Array.from({ length: this.length - from }, (_, index) => this.get(from + index) - base);
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
