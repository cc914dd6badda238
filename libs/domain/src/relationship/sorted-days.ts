/** Index of the first day that is not before `day`, in ascending days. */
export const firstNotBefore = (days: readonly number[], day: number): number => {
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((days[middle] as number) < day) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** How many of the ascending days are `day` or earlier. */
export const countUpTo = (days: readonly number[], day: number): number => firstNotBefore(days, day + 1);

/** The first day in (`from`, `to`] on which `holds`, given that it holds on `to` and, once it holds, ever after. */
export const firstDayThat = (holds: (day: number) => boolean, from: number, to: number): number => {
  let before = from;
  let after = to;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (holds(middle)) after = middle;
    else before = middle;
  }
  return after;
};
