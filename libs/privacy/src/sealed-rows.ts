import { ERASED, type Erased } from '#kernel';
import { type Column, FORGOTTEN, personalFieldsOf, SEALED, type Table } from '#postgres';
import { nonceOf, openText, sealText } from './box.js';
import type { KeyRing } from './key-ring.js';

/** A row, handled without knowing of which view. */
type Row = Readonly<Record<string, unknown>>;

/** The keyed fingerprint of a value of that kind, in the one spelling that is compared. */
export type BlindIndex = (kind: string, value: string) => string;

/** What is known of a table, worked out once. */
type Layout = Readonly<{
  place: string;
  subject: string;
  personal: readonly Readonly<{ field: string; blank: unknown }>[];
  blind: readonly Readonly<{ field: string; kind: string }>[];
}>;

/** Seals the personal fields of view rows in one column, and opens them. The same row always gives the same bytes. */
export class SealedRows {
  readonly #layouts = new WeakMap<object, Layout | null>();

  constructor(
    private readonly ring: () => KeyRing,
    private readonly blindIndex: BlindIndex,
  ) {}

  /** Makes sure that each subject of the rows has a key. */
  async prepare(table: Table<Row>, rows: readonly Row[]): Promise<void> {
    const layout = this.#layoutOf(table);
    if (!layout) return;
    const subjects = new Set<string>();
    for (const row of rows) {
      const subject = String(row[layout.subject]);
      if (!this.ring().isForgotten(subject) && told(layout, row) !== null) subjects.add(subject);
    }
    if (subjects.size > 0) await this.ring().prepare([...subjects]);
  }

  /** The rows as they are stored. Of a forgotten subject nothing personal, or no row at all. */
  seal(table: Table<Row>, rows: readonly Row[]): readonly Row[] {
    const layout = this.#layoutOf(table);
    if (!layout) return rows;
    const isKept = (row: Row) => table.forgotten !== 'removed' || !this.ring().isForgotten(String(row[layout.subject]));
    return rows.filter(isKept).map((row) => this.#sealed(layout, table, row));
  }

  /** Stored rows as a fold knows them: what was forgotten is blank. @throws for a row that was changed */
  open(table: Table<Row>, rows: readonly Row[]): readonly Row[] {
    return this.read(table, rows, (_, blank) => blank);
  }

  /** A row that a fold knows, without what was personal. */
  blanked(table: Table<Row>, row: Row): Row {
    const layout = this.#layoutOf(table);
    return layout ? { ...row, ...Object.fromEntries(layout.personal.map(({ field, blank }) => [field, blank])) } : row;
  }

  /** Whose personal data the row has; undefined where the table has none. */
  subjectOf(table: Table<Row>, row: Row): string | undefined {
    const layout = this.#layoutOf(table);
    return layout ? String(row[layout.subject]) : undefined;
  }

  /** Stored rows opened; of a forgotten subject each personal field is what `instead` says. */
  read(
    table: Table<Row>,
    rows: readonly Row[],
    instead: (erased: Erased, blank: unknown) => unknown = (erased) => erased,
  ): readonly Row[] {
    const layout = this.#layoutOf(table);
    if (!layout || layout.personal.length === 0) return rows;
    return rows.map(({ [SEALED]: sealed, ...row }) => {
      const blanks = layout.personal.map(({ field, blank }) => [field, blank] as const);
      const fields = sealed === null ? {} : this.#opened(layout, table, { ...row, [SEALED]: sealed });
      if (fields === null)
        return { ...row, ...Object.fromEntries(blanks.map(([field, blank]) => [field, instead(ERASED, blank)])) };
      return { ...row, ...Object.fromEntries(blanks), ...fields };
    });
  }

  #sealed(layout: Layout, table: Table<Row>, row: Row): Row {
    const { subject: subjectField, personal, blind } = layout;
    const subject = String(row[subjectField]);
    const stored: Record<string, unknown> = { ...row };
    for (const { field } of personal) delete stored[field];
    for (const { field, kind } of blind) stored[field] = this.blindIndex(String(row[kind]), String(row[field]));
    if (personal.length > 0) stored[SEALED] = this.#sealedPart(layout, table, { row, subject });
    return stored;
  }

  #sealedPart(layout: Layout, table: Table<Row>, { row, subject }: Readonly<{ row: Row; subject: string }>) {
    const missing = layout.personal.find(({ field }) => row[field] === undefined);
    if (missing) throw new TypeError(`${table.name}.${missing.field} is undefined`);
    if (this.ring().isForgotten(subject)) return FORGOTTEN;
    const text = told(layout, row);
    if (text === null) return null;
    const key = this.ring().current(subject);
    if (!key) return FORGOTTEN;
    const place = placeOf(layout, table, row, subject);
    return `${key.version}:${sealText(key.row, nonceOf(key.rowNonce, place, text), place, text)}`;
  }

  #opened(layout: Layout, table: Table<Row>, row: Row): Row | null {
    const subject = String(row[layout.subject]);
    const [, version, box] = /^(\d+):(.+)$/s.exec(String(row[SEALED])) ?? [];
    if (row[SEALED] === FORGOTTEN || this.ring().isForgotten(subject)) return null;
    const key = this.ring().at(subject, Number(version));
    if (key === null) return null;
    if (!key || box === undefined) throw new Error(`${table.name}: a row is sealed under a key that is not there`);
    return JSON.parse(openText(key.row, placeOf(layout, table, row, subject), box));
  }

  #layoutOf(table: Table<Row>): Layout | null {
    const known = this.#layouts.get(table.columns);
    if (known !== undefined) return known;
    const layout = layoutOf(table);
    this.#layouts.set(table.columns, layout);
    return layout;
  }
}

const layoutOf = (table: Table<Row>): Layout | null => {
  const { name, columns, subject } = table;
  const personal = personalFieldsOf(table).map(([field]) => ({ field, blank: blankOf(columns[field] as Column) }));
  const blind = Object.entries(columns).flatMap(([field, column]) =>
    typeof column === 'object' && column.blind !== undefined ? [{ field, kind: column.blind }] : [],
  );
  if (personal.length + blind.length === 0) return null;
  if (subject === undefined) throw new Error(`${name} has personal fields and does not say whose`);
  // The table beside it that is being filled takes its place: it must give the same bytes.
  return { place: name.replace(/__next$/, ''), subject, personal, blind };
};

const blankOf = (column: Column): unknown => {
  if (typeof column === 'object' && column.nullable) return null;
  return (typeof column === 'object' ? column.type : column) === 'jsonb' ? [] : '';
};

const isBlank = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** The personal fields that say something, as text; null: none does. */
const told = ({ personal }: Layout, row: Row): string | null => {
  const fields = personal.flatMap(({ field }) => (isBlank(row[field]) ? [] : [[field, row[field]] as const]));
  return fields.length === 0 ? null : JSON.stringify(Object.fromEntries(fields));
};

const placeOf = ({ place }: Layout, { key }: Table<Row>, row: Row, subject: string): string =>
  [place, ...key.map((field) => String(row[field])), subject].join('|');
