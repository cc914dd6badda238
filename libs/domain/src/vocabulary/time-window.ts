import { IsInstant } from './rules.js';

/** From an instant, up to and without another. */
export class TimeWindow {
  @IsInstant() from!: string;
  @IsInstant() to!: string;
}

export const isEmpty = ({ from, to }: TimeWindow): boolean => to <= from;
