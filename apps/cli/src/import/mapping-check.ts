import { type Misfit, misfits, pointerTo, schemaOf } from '#application';
import { slices } from '#domain';
import { type AnySlice, personalFields } from '#kernel';
import type { Expected } from './line.js';
import {
  CellValue,
  DateMapping,
  DateValue,
  delimiterOf,
  IdValue,
  isCellValue,
  isDateValue,
  isIdValue,
  listOf,
  type Mapping,
  nameOf,
  type Saying,
  type When,
} from './mapping.js';

export const sliceNamed = (name: string): AnySlice | undefined => slices.find(({ category }) => category === name);

/** Where a mapping that is well formed contradicts itself, or asks for what no slice knows. */
export const disagreements = (mapping: Mapping): readonly Misfit[] => {
  const names = mapping.streams.map(nameOf);
  const { dates = {} } = mapping;
  const known: Known = { streams: names, dates: Object.keys(dates) };
  const dateFaults = [
    ...(mapping.date.format === 'iso' ? daysFaults(mapping.date, '/date') : []),
    ...Object.entries(dates).flatMap(([name, date]) => namedDateFaults(date, pointerTo('/dates', name))),
  ];
  const streamFaults = mapping.streams.flatMap((stream, index) => {
    const at = `/streams/${index}`;
    const slice = sliceNamed(stream.slice);
    if (!slice)
      return [
        { pointer: `${at}/slice`, detail: `must be one of ${slices.map(({ category }) => category).join(', ')}` },
      ];
    const twice =
      names.indexOf(nameOf(stream)) === index ? [] : [{ pointer: `${at}/name`, detail: 'must differ from the others' }];
    const dated = stream.date === undefined ? [] : nameFaults(stream.date, known.dates, `${at}/date`);
    const prefixed =
      stream.prefix === undefined || stream.key
        ? []
        : [{ pointer: `${at}/prefix`, detail: 'needs a key to stand before' }];
    const sayings = stream.commands.flatMap((said, nth) => sayingFaults(said, slice, known, `${at}/commands/${nth}`));
    return [...twice, ...dated, ...prefixed, ...sayings];
  });
  return [...dateFaults, ...streamFaults];
};

/** What a value may name. */
type Known = Readonly<{ streams: readonly string[]; dates: readonly string[] }>;

const namedDateFaults = (date: DateMapping, at: string): readonly Misfit[] => {
  const faults = misfits(date, [DateMapping], at);
  return faults.length > 0 || date.format !== 'iso' ? faults : daysFaults(date, at);
};

const daysFaults = (date: DateMapping, at: string): readonly Misfit[] =>
  (['plusDays', 'minusDays'] as const)
    .filter((field) => date[field] !== undefined)
    .map((field) => ({ pointer: `${at}/${field}`, detail: 'counts days of a wall clock: iso has none' }));

const nameFaults = (name: string, names: readonly string[], pointer: string): readonly Misfit[] =>
  names.includes(name) ? [] : [{ pointer, detail: `must be one of ${names.join(', ')}` }];

const sayingFaults = (said: Saying, slice: AnySlice, known: Known, at: string): readonly Misfit[] => [
  ...commandFaults(said, slice, at),
  ...(said.when ? whenFaults(said.when, `${at}/when`) : []),
  ...valueFaults(said.data, known, `${at}/data`),
];

const commandFaults = ({ type, data }: Saying, slice: AnySlice, at: string): readonly Misfit[] => {
  const shape = slice.reserved?.includes(type) ? undefined : slice.commands[type];
  if (!shape) return [{ pointer: `${at}/type`, detail: `must be one of ${Object.keys(slice.commands).join(', ')}` }];
  const { properties, required } = schemaOf(shape);
  const unknown = Object.keys(data).filter((field) => !Object.hasOwn(properties, field));
  const missing = required.filter((field) => !Object.hasOwn(data, field));
  return [
    ...unknown.map((field) => ({ pointer: `${at}/data/${field}`, detail: `is no field of ${type}` })),
    ...missing.map((field) => ({ pointer: `${at}/data/${field}`, detail: `is missing: ${type} needs it` })),
  ];
};

const whenFaults = ({ is, startsWith, oneOf }: When, pointer: string): readonly Misfit[] =>
  [is, startsWith, oneOf].filter((choice) => choice !== undefined).length === 1
    ? []
    : [{ pointer, detail: 'must have one of "is", "startsWith" and "oneOf"' }];

const valueFaults = (value: unknown, known: Known, at: string): readonly Misfit[] => {
  if (isCellValue(value))
    return [...misfits(value, [CellValue], at), ...timesFaults(value, at), ...prefixFaults(value, at)];
  if (isIdValue(value)) {
    const faults = misfits(value, [IdValue], at);
    return faults.length > 0
      ? faults
      : listOf(value.$id).flatMap((name) => nameFaults(name, known.streams, `${at}/$id`));
  }
  if (isDateValue(value)) {
    const faults = misfits(value, [DateValue], at);
    return faults.length > 0 ? faults : nameFaults(value.$date, known.dates, `${at}/$date`);
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) =>
    field.startsWith('$')
      ? [
          {
            pointer: `${at}/${field}`,
            detail: 'is no word of this language: $column, $as, $prefix, $times, $words, $id, $date',
          },
        ]
      : valueFaults(inner, known, `${at}/${field}`),
  );
};

const timesFaults = ({ $times, $as, $words }: CellValue, at: string): readonly Misfit[] =>
  $times === undefined || (!$words && ($as === 'money' || $as === 'money-reversed'))
    ? []
    : [{ pointer: `${at}/$times`, detail: 'multiplies money, and nothing else' }];

const prefixFaults = ({ $prefix, $as = 'text', $words }: CellValue, at: string): readonly Misfit[] =>
  $prefix === undefined || (!$words && $as === 'text')
    ? []
    : [{ pointer: `${at}/$prefix`, detail: 'stands before a text, and before nothing else' }];

/** What a mapping expects of a file. */
export const expectedBy = (mapping: Mapping): Expected => ({
  columns: columnsOf(mapping),
  delimiter: delimiterOf(mapping),
});

/** The columns that become what is personal: no envelope may hold them. */
export const personalColumnsOf = ({ streams }: Mapping): readonly string[] =>
  streams.flatMap(({ slice, commands }) =>
    commands.flatMap(({ type, data }) => {
      const marks = personalFields(sliceNamed(slice)?.commands[type] ?? Object);
      return Object.entries(data).flatMap(([field, value]) => (Object.hasOwn(marks, field) ? columnsIn(value) : []));
    }),
  );

/** Every column a mapping reads. */
const columnsOf = ({ date, dates = {}, identity, streams }: Mapping): readonly string[] => [
  ...new Set([
    ...(identity === 'content' ? [] : identity),
    ...[date, ...Object.values(dates)].flatMap(columnsOfDate),
    ...streams.flatMap(({ key = [], commands }) => [
      ...key,
      ...commands.flatMap(({ when, data }) => [...(when ? [when.column] : []), ...columnsIn(data)]),
    ]),
  ]),
];

const columnsOfDate = ({ column, plusDays = [], minusDays = [] }: DateMapping): readonly string[] => [
  ...listOf(column),
  ...[...plusDays, ...minusDays].filter((days) => typeof days === 'string'),
];

const columnsIn = (value: unknown): readonly string[] => {
  if (isCellValue(value)) return [value.$column, ...(value.$times ?? [])];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(columnsIn) : [];
};
