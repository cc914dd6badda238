import { dayNumber, dayText } from '#kernel';
import { type Character, daysAfter, type Rental, type Thing } from './scene.js';

/** The last day of the story. */
const LAST = '2011-12-09';
const FIRST = '2010-12-03';

/** Whole numbers from 0 up to and without `below`, the same for the same seed (mulberry32). */
const dice = (seed: number) => {
  let state = seed * 0x9e3779b9;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

/** How a life with us goes: how many rentals, how far apart, and how many days ago the last one ended. */
type Kind = Readonly<{
  rentals: readonly [least: number, most: number];
  apart: readonly [number, number];
  ago: readonly [number, number];
  every: number;
}>;

/** `every`: so many of a hundred live so. */
const KINDS: readonly Kind[] = [
  { rentals: [3, 6], apart: [45, 75], ago: [3, 80], every: 26 },
  { rentals: [2, 3], apart: [70, 130], ago: [10, 120], every: 22 },
  { rentals: [1, 1], apart: [0, 0], ago: [5, 200], every: 18 },
  { rentals: [1, 2], apart: [20, 60], ago: [226, 300], every: 12 },
  { rentals: [3, 4], apart: [30, 40], ago: [228, 240], every: 6 },
  { rentals: [0, 0], apart: [0, 0], ago: [3, 170], every: 8 },
  { rentals: [0, 0], apart: [0, 0], ago: [185, 330], every: 8 },
];

const kindOf = (n: number): Kind => {
  const percent = (n * 37) % 100;
  const upTo = (index: number) => KINDS.slice(0, index + 1).reduce((sum, { every }) => sum + every, 0);
  return KINDS.find((_, index) => percent < upTo(index)) as Kind;
};

const CARS: readonly NonNullable<Rental['car']>[] = ['compact', 'compact', 'estate', 'van', 'premium'];
const CHANNELS = ['web', 'app', 'phone', 'counter', 'web'] as const;

/** The n-th life of the crowd. */
export const crowdScenes = (self: Character, n: number): Character => {
  const roll = dice(n + 1);
  const between = ([least, most]: readonly [number, number]) => least + roll(most - least + 1);
  const { rentals, apart, ago } = kindOf(n);
  const days = rentalDays(between(rentals), () => between(apart), between(ago));
  const channel = CHANNELS[roll(CHANNELS.length)] as string;
  const registered = days[0] ? daysAfter(days[0], -14) : daysAfter(LAST, -between(ago));
  self.registers(
    registered < FIRST ? FIRST : registered,
    channel,
    n % 3 === 0
      ? [{ type: 'DeclarePreference', data: { key: 'vehicle_class', value: CARS[roll(CARS.length)] as string } }]
      : [],
  );
  if (n % 14 === 3)
    self.tells(daysAfter(registered < FIRST ? FIRST : registered, 1), 'needs', {
      type: 'RecordSpecialNeed',
      data: { code: n % 28 === 3 ? 'wheelchair' : 'child_seat' },
    });
  const isMember = n % 4 === 1 && days.length > 0;
  if (isMember) self.joins(daysAfter(days[0] as string, -2));
  if (isMember && n % 8 === 1) self.carriesOver(daysAfter(days[0] as string, -2), 40 + 10 * (n % 9), '2011-12-31');
  const done = days.map((on) => {
    const nights = 1 + roll(3);
    const rental = self.rents({
      on,
      nights,
      car: CARS[roll(CARS.length)] as NonNullable<Rental['car']>,
      ahead: 2 + roll(8),
      channel,
    });
    if (isMember) self.earns(rental, daysAfter(on, nights), 9000 + 100 * roll(120));
    return rental;
  });
  incidents(self, n, { days, last: done.at(-1) });
  return self;
};

/** The days on which cars are fetched, ascending; none before the story begins, the last back at its end. */
const rentalDays = (count: number, apart: () => number, ago: number): readonly string[] => {
  const last = dayNumber(LAST) - ago - 4;
  const days: number[] = [];
  for (let day = last; days.length < count && day >= dayNumber(FIRST) + 8; day -= Math.max(5, apart()))
    days.unshift(day);
  return days.map(dayText);
};

type Lived = Readonly<{ days: readonly string[]; last: Thing | undefined }>;

/** What happens besides, now and then. */
const incidents = (self: Character, n: number, { days, last }: Lived): void => {
  const on = days.at(-1);
  if (!on || !last) {
    if (n % 5 === 0) self.asksForCall(daysAfter(LAST, -20), 'prices', n % 10 === 0 ? 'called' : 'missed');
    return;
  }
  const after = daysAfter(on, 6);
  const soon = after > LAST ? undefined : after;
  const isOld = (days[0] as string) < daysAfter(LAST, -70);
  if (n % 9 === 4 && soon)
    self.settles(
      self.complains(last, soon, { category: 'cleanliness', severity: 'sev4', text: 'The boot had not been cleaned.' }),
      daysAfter(soon, 2) > LAST ? soon : daysAfter(soon, 2),
    );
  if (n % 31 === 7 && soon)
    self.complains(last, soon, {
      category: 'billing',
      severity: 'sev3',
      text: 'A toll was charged that was never driven.',
    });
  if (n % 11 === 6 && soon && daysAfter(soon, 1) <= LAST)
    self.asksForCall(soon, 'invoice', n % 22 === 6 ? 'missed' : 'called');
  if (n % 17 === 9) self.asksForCall(daysAfter(LAST, -1), 'renewal', 'open', 4 + (n % 20));
  if (isOld && n % 13 === 2)
    self.loses({ on: daysAfter(LAST, -3 - (n % 40)), ahead: 10 }, n % 2 === 0 ? 'operator' : 'customer');
  if (isOld && n % 29 === 5) self.loses({ on: daysAfter(LAST, -8), ahead: 15 }, 'no-show');
  if (isOld && n % 12 === 8) self.books({ on: daysAfter(LAST, 5 + (n % 30)), nights: 4, ahead: 40 });
};
