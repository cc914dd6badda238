// `if not exists` alone locks the table until the commit, though nothing is missing: writers would wait for it, and it for
// them.

/** Adds a column where it is missing. */
export const addColumn = (table: string, column: string, type: string): string =>
  `do $$ begin
     if not exists (select from pg_attribute where attrelid = to_regclass('${table}') and attname = '${column}') then
       alter table ${table} add column ${column} ${type};
     end if;
   end $$`;

/** Makes an index where it is missing; `on`: the table and its columns. */
export const addIndex = (name: string, on: string): string =>
  `do $$ begin if to_regclass('${name}') is null then create index ${name} on ${on}; end if; end $$`;
