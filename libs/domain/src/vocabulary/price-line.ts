import { IsIn } from 'class-validator';
import { Money } from './money.js';
import { IsCode, IsReference, Nested } from './rules.js';

const kinds = ['base', 'tax', 'fee', 'insurance', 'ancillary', 'discount'] as const;

/** One line of a transparent price. A discount is negative. */
export class PriceLine {
  /** What is sold. */
  @IsCode() code!: string;
  /** What sort of price it is. */
  @IsIn(kinds) kind!: (typeof kinds)[number];
  @Nested(Money) price!: Money;
}

/** A price line of a booking that exists, with the number it is known by: `1`, `2`, … */
export class BookedLine extends PriceLine {
  @IsReference() lineId!: string;
}
