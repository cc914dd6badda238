import type { AnyAnnouncement, AnyProjection, Recorded } from '#kernel';
import type { Checkpoint, Slot, Standing } from './checkpoints.js';
import type { Parking } from './parked.js';
import { RowCache } from './row-cache.js';
import { type RowSealing, unsealed } from './sealing.js';
import { tableIn } from './tables.js';
import { Stopwatch } from './timing.js';
import { hearing, type View } from './view.js';

export type Manner = Readonly<{
  /** A fact that cannot be folded is put aside, and what comes after it for the same row; otherwise the view stops. */
  parks?: boolean;
  rows?: RowSealing;
  /** Whose personal data goes with that fact; null: nobody's. */
  forgets?: (fact: Recorded) => string | null;
  /** While a table is filled its rows are not derived anew for every day that passes: once at the end is the same. */
  defersDays?: boolean;
}>;

/** A view being kept: where it stands, and the rows it knows. */
export class Member {
  readonly name: string;
  readonly projection: AnyProjection;
  readonly table: View['table'];
  readonly rows = new RowCache();
  readonly stopwatch = new Stopwatch();
  readonly hears: (fact: Recorded) => boolean;
  readonly parks: boolean;
  readonly defersDays: boolean;
  readonly sealing: RowSealing;
  readonly forgets: (fact: Recorded) => string | null;
  readonly turnsOn: ReadonlySet<string>;
  /** Only rows that are served say anything. */
  readonly announces: readonly AnyAnnouncement[];
  /** Up to there it was all over when the view was new. */
  silentUntil: bigint | null = null;
  /** As last folded; the table may still be behind. */
  standing: Standing = { position: null, turn: 0n, context: null, derivedFor: null, events: 0n, factAt: null };
  /** What the table has. */
  committed: Standing = this.standing;
  holds = new Set<string>();
  skips: ReadonlySet<string> = new Set();
  lastError: Readonly<{ text: string; at: string }> | null = null;

  constructor(
    readonly view: View,
    readonly slot: Slot,
    { parks = false, defersDays = false, rows = unsealed, forgets = () => null }: Manner = {},
  ) {
    this.parks = parks;
    this.defersDays = defersDays;
    this.sealing = rows;
    this.forgets = forgets;
    this.name = view.projection.name;
    this.projection = view.projection;
    this.table = tableIn(slot, view);
    this.hears = hearing(view);
    this.turnsOn = new Set(view.projection.context?.hears ?? []);
    this.announces = slot === 'live' ? (this.projection.announces ?? []) : [];
  }

  /** Starts over from what the table has. */
  resume({ position, turn, context, derivedFor, events, factAt, silentUntil }: Checkpoint, parking?: Parking): void {
    const initial = this.projection.context?.initial ?? null;
    this.standing = { position, turn, context: context ?? initial, derivedFor, events, factAt };
    this.committed = this.standing;
    this.silentUntil = silentUntil;
    this.rows.reset(position === null);
    this.holds = new Set(parking?.holds);
    this.skips = parking?.skips ?? new Set();
  }
}
