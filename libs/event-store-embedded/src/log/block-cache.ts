import type { Segment } from './segment.js';

export const BLOCK_BYTES = 64 * 1024;
const MAX_BLOCKS = 256;

/** `checked`: a bit for every offset at which a record begins whose checksum has been found right. */
export type Block = { readonly bytes: Buffer; filled: number; readonly checked: Uint8Array };

/** Reads files in blocks and keeps the last ones. What it hands out is shared: nobody may write to it. */
export class BlockCache {
  private readonly blocks = new Map<number, Block>();

  /** `length` bytes at `offset` of the segment, of which everything before `written` may be read. Fewer when the file ends. */
  read(segment: Segment, offset: number, length: number, written: number): Buffer {
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((offset + length - 1) / BLOCK_BYTES);
    const start = offset - first * BLOCK_BYTES;
    if (first === last) return this.bytesOf(segment, first, written).subarray(start, start + length);
    const parts: Buffer[] = [];
    for (let number = first; number <= last; number++) parts.push(this.bytesOf(segment, number, written));
    return Buffer.concat(parts).subarray(start, start + length);
  }

  /** The block that holds `offset`. */
  blockAt(segment: Segment, offset: number, written: number): Block {
    return this.block(segment, Math.floor(offset / BLOCK_BYTES), written);
  }

  forget(): void {
    this.blocks.clear();
  }

  private bytesOf(segment: Segment, number: number, written: number): Buffer {
    const { bytes, filled } = this.block(segment, number, written);
    return bytes.subarray(0, filled);
  }

  private block(segment: Segment, number: number, written: number): Block {
    const key = segment.base * 4096 + number;
    const wanted = Math.min(BLOCK_BYTES, written - number * BLOCK_BYTES);
    const known = this.blocks.get(key) ?? this.added(key);
    if (known.filled < wanted) {
      known.filled += segment.file.read(
        known.bytes.subarray(known.filled, wanted),
        number * BLOCK_BYTES + known.filled,
      );
    }
    return known;
  }

  private added(key: number): Block {
    if (this.blocks.size >= MAX_BLOCKS) this.blocks.delete(this.blocks.keys().next().value as number);
    const block = { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), filled: 0, checked: new Uint8Array(BLOCK_BYTES / 8) };
    this.blocks.set(key, block);
    return block;
  }
}
