import { type Misfit, misfits, schemaOf } from '#application';
import { slices } from '#domain';
import { type AnySlice, personalFields } from '#kernel';
import type { Expected } from './line.js';
import {
  CellValue,
  delimiterOf,
  IdValue,
  isCellValue,
  isIdValue,
  type Mapping,
  nameOf,
  type Saying,
  type When,
} from './mapping.js';

export const sliceNamed = (name: string): AnySlice | undefined => slices.find(({ category }) => category === name);

/** Where a mapping that is well formed contradicts itself, or asks for what no slice knows. */
export const disagreements = (mapping: Mapping): readonly Misfit[] => {
  const names = mapping.streams.map(nameOf);
  return mapping.streams.flatMap((stream, index) => {
    const at = `/streams/${index}`;
    const slice = sliceNamed(stream.slice);
    if (!slice)
      return [
        { pointer: `${at}/slice`, detail: `must be one of ${slices.map(({ category }) => category).join(', ')}` },
      ];
    const twice =
      names.indexOf(nameOf(stream)) === index ? [] : [{ pointer: `${at}/name`, detail: 'must differ from the others' }];
    const sayings = stream.commands.flatMap((said, nth) => sayingFaults(said, slice, names, `${at}/commands/${nth}`));
    return [...twice, ...sayings];
  });
};

const sayingFaults = (said: Saying, slice: AnySlice, names: readonly string[], at: string): readonly Misfit[] => [
  ...commandFaults(said, slice, at),
  ...(said.when ? whenFaults(said.when, `${at}/when`) : []),
  ...valueFaults(said.data, names, `${at}/data`),
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

const whenFaults = (when: When, pointer: string): readonly Misfit[] =>
  (when.is === undefined) === (when.startsWith === undefined)
    ? [{ pointer, detail: 'must have either "is" or "startsWith"' }]
    : [];

const valueFaults = (value: unknown, names: readonly string[], at: string): readonly Misfit[] => {
  if (isCellValue(value)) return misfits(value, [CellValue], at);
  if (isIdValue(value)) {
    const unknown = names.includes(value.$id)
      ? []
      : [{ pointer: `${at}/$id`, detail: `must be one of ${names.join(', ')}` }];
    return [...misfits(value, [IdValue], at), ...unknown];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, inner]) =>
    field.startsWith('$')
      ? [{ pointer: `${at}/${field}`, detail: 'is no word of this language: $column, $as, $words, $id' }]
      : valueFaults(inner, names, `${at}/${field}`),
  );
};

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
const columnsOf = ({ date, identity, streams }: Mapping): readonly string[] => [
  ...new Set([
    ...(identity === 'content' ? [] : identity),
    date.column,
    ...streams.flatMap(({ key = [], commands }) => [
      ...key,
      ...commands.flatMap(({ when, data }) => [...(when ? [when.column] : []), ...columnsIn(data)]),
    ]),
  ]),
];

const columnsIn = (value: unknown): readonly string[] => {
  if (isCellValue(value)) return [value.$column];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(columnsIn) : [];
};
