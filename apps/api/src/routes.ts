import { IsCode, IsId, IsInstant, MayBeAbsent } from '#domain';
import type { AnySlice, Class } from '#kernel';

/** Where a command is said. Its class and the envelope's together declare the body. */
export type Route = Readonly<{ slice: AnySlice; type: string; body: readonly Class[]; path: string; opens: boolean }>;

/** What may be said beside a rule. Not when: who dates it could change the past, and leave no trace. */
export class Ruling {
  @MayBeAbsent() @IsCode() channel?: string;
}
/** What may be said beside every other command. */
export class Envelope extends Ruling {
  @MayBeAbsent() @IsInstant() occurredAt?: string;
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
    const opening = { slice, type, body: [shape, slice.named ? Ruling : OpeningEnvelope], opens: true };
    const first = slice.openings[0] === type ? [{ ...opening, path: '' }] : [];
    return [...first, { ...opening, path: act }];
  });

/** `CompleteCallback` is said to a callback as `complete`, `RecordCallAttempt` as `record-call-attempt`. */
const actOf = (type: string, category: string) => {
  const [, verb] = new RegExp(`^([A-Z][a-z]+)${category}$`, 'i').exec(type) ?? [];
  return kebab(verb ?? type);
};
const kebab = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
