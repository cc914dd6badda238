import { MASKED } from '#kernel';
import { personalFieldsOf, SEALED } from '#postgres';
import type { PersonalRows } from '#read-models';
import type { Secrets } from './keys.js';

/** Opens view rows for whoever is asking: what their classes of fields do not hold is not even decrypted. */
export const personalRowsFor = ({ rows, blindIndex }: Secrets): PersonalRows => ({
  open: (table, stored, fields) => {
    const may = new Set(personalFieldsOf(table).map(([, kind]) => kind));
    const kinds = new Map(personalFieldsOf(table));
    const shown = fields.filter((field) => may.has(kinds.get(field) ?? ''));
    const opened = shown.length > 0 ? rows.read(table as never, stored as never) : stored;
    return opened.map((row) => {
      const open = Object.entries(row).filter(([field]) => field !== SEALED && !kinds.has(field));
      const told = fields.map((field) => [field, shown.includes(field) ? Reflect.get(row, field) : MASKED] as const);
      return Object.fromEntries([...open, ...told]) as never;
    });
  },
  blind: blindIndex,
});
