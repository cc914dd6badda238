import type { FieldClass } from '#access';
import { isErased, MASKED } from '#kernel';
import { personalFieldsOf, SEALED, type Table } from '#postgres';
import type { PersonalRows } from '#read-models';
import type { AccessLog } from './access-log.js';
import type { Secrets } from './keys.js';

type Row = Readonly<Record<string, unknown>>;

/**
 * Opens view rows for whoever is asking: what their classes of fields do not hold is not even decrypted, and what was
 * shown to them goes into the access log.
 */
export const personalRowsFor = ({ rows, blindIndex }: Secrets, accessLog: AccessLog): PersonalRows => ({
  open: (asking, table, stored, fields) => {
    const classes = new Map(personalFieldsOf(table)) as ReadonlyMap<string, FieldClass>;
    const shown = fields.filter((field) => asking.fields.has(classes.get(field) as FieldClass));
    const known = table as unknown as Table<Row>;
    const opened = shown.length > 0 ? rows.read(known, stored as readonly Row[]) : (stored as readonly Row[]);
    return opened.map((row) => {
      const read = shown.filter((field) => tells(row[field]));
      if (read.length > 0) accessLog.viewed(asking, String(row[String(table.subject)]), read);
      const open = Object.entries(row).filter(([field]) => field !== SEALED && !classes.has(field));
      const told = fields.map((field) => [field, shown.includes(field) ? row[field] : MASKED] as const);
      return Object.fromEntries([...open, ...told]) as never;
    });
  },
  blind: blindIndex,
});

/** Whether there was anything to read: a blank or erased field tells nothing. */
const tells = (value: unknown): boolean =>
  value !== null && value !== '' && !(Array.isArray(value) && value.length === 0) && !isErased(value);
