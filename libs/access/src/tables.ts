/** One statement with `$1`-style values, answered with its rows. */
export type Rows = <Row>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Any number, as long as nobody else takes it for an advisory lock. */
const SCHEMA = `select pg_advisory_xact_lock(7316440013);
create table if not exists access_keys (
  id text primary key, name text not null, roles text[] not null, hash bytea not null, created_at timestamptz not null,
  expires_at timestamptz not null, revoked_at timestamptz, last_used_on date
);
create table if not exists access_tickets (id text primary key, expires_at timestamptz not null)`;

/** The same, over tables that are made when they are first asked. They are no views: no rebuild touches them. */
export const withTables = (rows: Rows): Rows => {
  let made: Promise<unknown> | undefined;
  return async (text, values) => {
    made ??= rows(SCHEMA).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    await made;
    return rows(text, values);
  };
};
