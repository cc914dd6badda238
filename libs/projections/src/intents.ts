import type { Statement } from '#postgres';

/** That a column of a row went from one value to another, to be acted upon once. */
export type Intent = Readonly<{
  key: string;
  column: string;
  was: string | null;
  becomes: string | null;
  /** By what: the id of the fact, or the day that began. */
  evidence: string;
  /** Where the fact lies; null: it was a day. */
  position: bigint | null;
}>;

/** `id` tells the order in which one row changed, and nothing else: it has gaps, and is no cursor. */
export const INTENTS_SCHEMA = `
create table if not exists projection_intents (
  id bigint generated always as identity primary key, view text not null, key text not null, "column" text not null,
  was text, becomes text, evidence text not null, position bigint, at timestamptz not null default now(),
  unique (view, key, "column", evidence)
)`;

export const announce = (view: string, intents: readonly Intent[]): Statement => [
  `insert into projection_intents (view, key, "column", was, becomes, evidence, position)
   select $1, n.key, n.col, n.was, n.becomes, n.evidence, n.position
   from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) with ordinality
     as n (key, col, was, becomes, evidence, position, nth) order by nth
   on conflict (view, key, "column", evidence) do nothing`,
  [
    view,
    intents.map(({ key }) => key),
    intents.map(({ column }) => column),
    intents.map(({ was }) => was),
    intents.map(({ becomes }) => becomes),
    intents.map(({ evidence }) => evidence),
    intents.map(({ position }) => position),
  ],
];
