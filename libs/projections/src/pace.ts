import type { Slot } from './checkpoints.js';
import type { Gathering, Limits } from './reader.js';

/** A batch should take about this long to write: shorter wastes commits, longer makes readers wait and costs memory. */
const AIM_MS = 300;
/** Rows of a table that is being filled gather beyond a batch: those stay as they are. */
const LEAST = { live: 1_000, next: 2_000 };
const MOST = { live: 5_000, next: 2_000 };
const BYTES = { live: 8_000_000, next: 24_000_000 };

/** How long a backlog is gathered into a batch: small ones waste commits. */
const GATHER_MS = { live: 150, next: 300 };

/** How much to take at once, learned from how long it took to write. */
export class Pace {
  #count: number;

  constructor(private readonly slot: Slot) {
    this.#count = LEAST[slot];
  }

  get limits(): Gathering {
    return { count: this.#count, bytes: BYTES[this.slot], gatherMs: GATHER_MS[this.slot] };
  }

  /** How far to read ahead. */
  get ahead(): Limits {
    return { count: MOST[this.slot] * 2, bytes: BYTES[this.slot] * 2 };
  }

  took(milliseconds: number): void {
    if (milliseconds > AIM_MS * 2) this.#count = Math.max(LEAST[this.slot], Math.floor(this.#count / 2));
    else if (milliseconds < AIM_MS) this.#count = Math.min(MOST[this.slot], this.#count + LEAST[this.slot]);
  }
}
