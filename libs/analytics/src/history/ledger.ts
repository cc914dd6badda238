const { ceil, max, min } = Math;

/** What a row of a purchase file says. */
export const PURCHASE = 0;
/** Money or goods came back, or a purchase was cancelled: never a purchase, always a signal. */
export const RETURN = 1;
export type RowKind = typeof PURCHASE | typeof RETURN;

/** Days of one customer lie between `from[c]` and `from[c + 1]`, ascending and distinct. */
export interface Days {
  readonly from: Uint32Array;
  readonly day: Int32Array;
  /** Sum of the day's amounts; NaN when none is known. */
  readonly amount: Float64Array;
  /** Rows that joined another row of the same customer and day; of these, how many had the very same amount. */
  readonly joined: number;
  readonly repeated: number;
}

/** A purchase file as columns: 16 bytes a row, whatever its length. Days are counted from 1970-01-01. */
export interface Ledger {
  readonly customers: number;
  readonly purchases: Days;
  readonly returns: Days;
}

const GROWTH = 1.5;

/** Collects rows in any order; same-day rows of one customer become one transaction. */
export class LedgerBuilder {
  private customer = new Uint32Array(1024);
  private day = new Int32Array(1024);
  private amount = new Float64Array(1024);
  private kind = new Uint8Array(1024);
  private rows = 0;
  private customers = 0;

  /** `customer` is a running number from 0; an unknown amount is NaN. */
  add(customer: number, day: number, amount: number, kind: RowKind): void {
    if (this.rows === this.day.length) this.grow();
    this.customer[this.rows] = customer;
    this.day[this.rows] = day;
    this.amount[this.rows] = amount;
    this.kind[this.rows++] = kind;
    this.customers = max(this.customers, customer + 1);
  }

  build(): Ledger {
    return { customers: this.customers, purchases: this.collect(PURCHASE), returns: this.collect(RETURN) };
  }

  private grow(): void {
    const size = ceil(this.rows * GROWTH);
    const larger = <T extends { set(from: T): void }>(next: T, from: T): T => {
      next.set(from);
      return next;
    };
    this.customer = larger(new Uint32Array(size), this.customer);
    this.day = larger(new Int32Array(size), this.day);
    this.amount = larger(new Float64Array(size), this.amount);
    this.kind = larger(new Uint8Array(size), this.kind);
  }

  private collect(kind: RowKind): Days {
    const chosen = new Uint32Array(this.rows).map((_, i) => i).filter((i) => this.kind[i] === kind);
    const { customer, day } = this;
    chosen.sort(
      (i, j) => (customer[i] as number) - (customer[j] as number) || (day[i] as number) - (day[j] as number) || i - j,
    );
    return this.merge(chosen);
  }

  private merge(sorted: Uint32Array): Days {
    const from = new Uint32Array(this.customers + 1);
    const day = new Int32Array(sorted.length);
    const amount = new Float64Array(sorted.length);
    let length = 0;
    let owner = -1;
    let repeated = 0;
    let previous = Number.NaN;
    for (const row of sorted) {
      const customer = this.customer[row] as number;
      const sameDay = customer === owner && day[length - 1] === this.day[row];
      if (!sameDay) {
        day[length] = this.day[row] as number;
        amount[length++] = Number.NaN;
        from[customer + 1] = length;
      }
      const known = this.amount[row] as number;
      if (sameDay && Object.is(known, previous)) repeated++;
      previous = known;
      const before = amount[length - 1] as number;
      if (!Number.isNaN(known)) amount[length - 1] = Number.isNaN(before) ? known : before + known;
      from[customer + 1] = length;
      owner = customer;
    }
    for (let c = 1; c < from.length; c++) from[c] = max(from[c] as number, from[c - 1] as number);
    const joined = sorted.length - length;
    return { from, day: day.slice(0, length), amount: amount.slice(0, length), joined, repeated };
  }
}

/** First and last day of any purchase; undefined without one. */
export function spanOf({ purchases }: Ledger): readonly [first: number, last: number] | undefined {
  if (purchases.day.length === 0) return undefined;
  return purchases.day.reduce(([low, high], day) => [min(low, day), max(high, day)], [Infinity, -Infinity]);
}
