/** What a reliability test found. It holds when nothing was lost, doubled or different. */
export type Figure = Readonly<{
  id: string;
  seed: number;
  volume: string;
  lost: number;
  doubled: number;
  differing: number;
  seconds: number;
  holds: boolean;
}>;

/** A dice that falls the same way for the same seed (mulberry32). */
export const diceOf = (seed: number) => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { share: next, below: (most: number) => Math.floor(next() * most) };
};
