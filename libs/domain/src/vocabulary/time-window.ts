import { IsInstant } from './rules.js';

/** From an instant, up to and without another. */
export class TimeWindow {
  /** From this instant on. */
  @IsInstant() from!: string;
  /** Up to and without this one. */
  @IsInstant() to!: string;
}

export const isEmpty = ({ from, to }: TimeWindow): boolean => to <= from;
