/** How many cases of a property are tried: so many in `npm test`, twenty times as many in `npm run test:properties`. */
export const runs = (count: number): number => count * Number(process.env.TOUCHLINE_PROPERTY_TIMES ?? 1);
