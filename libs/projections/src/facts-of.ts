import type { Recorded } from '#kernel';
import type { Log } from './log.js';

export type Place = Readonly<{ position: bigint; stream: string; revision: bigint }>;

/** The facts at these places, in their order. What is not in `known` is read from its stream and put there. */
export const gather = async (
  log: Log,
  places: readonly Place[],
  known: Map<bigint, Recorded>,
): Promise<readonly Recorded[]> => {
  const byStream = new Map<string, Place[]>();
  for (const place of places.filter(({ position }) => !known.has(position)))
    byStream.set(place.stream, [...(byStream.get(place.stream) ?? []), place]);
  for (const [stream, wanted] of byStream) await readInto(known, log, { stream, wanted });
  return places.map(({ position, stream }) => {
    const fact = known.get(position);
    if (!fact) throw new Error(`The log no longer has position ${position} in ${stream}`);
    return fact;
  });
};

type Wanted = Readonly<{ stream: string; wanted: readonly Place[] }>;

const readInto = async (known: Map<bigint, Recorded>, log: Log, { stream, wanted }: Wanted): Promise<void> => {
  const revisions = new Map(wanted.map(({ revision, position }) => [revision, position]));
  const [first, last] = [wanted[0]?.revision, wanted.at(-1)?.revision];
  if (first === undefined || last === undefined) return;
  for await (const fact of log.read(stream, first)) {
    const position = revisions.get(fact.revision);
    // Read from its stream a fact need not know its place in the whole log.
    if (position !== undefined) known.set(position, { ...fact, position });
    if (fact.revision >= last) return;
  }
};
