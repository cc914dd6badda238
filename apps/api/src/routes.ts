import { IsCode, IsId, IsInstant, MayBeAbsent } from '#domain';
import type { AnySlice, Class } from '#kernel';

/** Where a command is said. Its class and the envelope's together declare the body. */
export type Route = Readonly<{ slice: AnySlice; type: string; body: readonly Class[]; path: string; opens: boolean }>;

/** What may be said beside every command. */
export class Envelope {
  @MayBeAbsent() @IsInstant() occurredAt?: string;
  @MayBeAbsent() @IsCode() channel?: string;
}
export class OpeningEnvelope extends Envelope {
  @MayBeAbsent() @IsId() id?: string;
}

/** Every opening has a path of its own; the first one has the collection's too. All others act on an instance. */
export const routesOf = (slice: AnySlice): readonly Route[] =>
  Object.entries<Class>(slice.commands).flatMap(([type, shape]) => {
    if (slice.reserved?.includes(type)) return [];
    const act = actOf(type, slice.category);
    if (!slice.openings.includes(type)) {
      return [{ slice, type, body: [shape, Envelope], path: `:id/${act}`, opens: false }];
    }
    const opening = { slice, type, body: [shape, slice.named ? Envelope : OpeningEnvelope], opens: true };
    const first = slice.openings[0] === type ? [{ ...opening, path: '' }] : [];
    return [...first, { ...opening, path: act }];
  });

/** `CompleteCallback` is said to a callback as `complete`, `RecordCallAttempt` as `record-call-attempt`. */
const actOf = (type: string, category: string) => {
  const [, verb] = new RegExp(`^([A-Z][a-z]+)${category}$`, 'i').exec(type) ?? [];
  return kebab(verb ?? type);
};
const kebab = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
