import { IsIn } from 'class-validator';

/** The lines of business that serve people. Rules that depend on rhythm differ between them. */
export const verticals = [
  'airline-leisure',
  'airline-business',
  'rail',
  'bus-city',
  'retail',
  'car-rental-leisure',
  'car-rental-business',
  'logistics',
  'hotel',
] as const;
export type Vertical = (typeof verticals)[number];
export const IsVertical = () => IsIn(verticals);
