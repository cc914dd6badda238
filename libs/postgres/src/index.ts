export type { Copy } from './copy.js';
export { inTransaction, poolOver, SQL, type Sql, sqlOver } from './sql.js';
export { type Postgres, startPostgres } from './start-postgres.js';
export {
  type Column,
  type ColumnType,
  columnsOf,
  ddlOf,
  deleteByKeys,
  FORGOTTEN,
  forget,
  personalFieldsOf,
  SEALED,
  type Statement,
  selectByKeys,
  type Table,
  upsert,
} from './table.js';
