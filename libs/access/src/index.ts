export { Access } from './access.js';
export { ApiKeys, type ListedKey } from './api-keys.js';
export { type Asking, isPurpose } from './asking.js';
export type { Clock, Refused } from './claims.js';
export { type LocalKey, localKeyIn, makeLocalKey } from './local-key.js';
export { LocalTokens } from './local-tokens.js';
export { type Issuer, isTrustworthy, OutsideTokens } from './outside-tokens.js';
export {
  anyone,
  type FieldClass,
  fieldClasses,
  localAdministrator,
  type Principal,
  personalClasses,
} from './principal.js';
export { authorise, type Grant, isOpen, type RolesPolicy, readRoles, rolesOf, WrongRoles } from './roles.js';
export { type Rows, withTables } from './tables.js';
