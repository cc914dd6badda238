export type { Destroyed } from './destroyed-list.js';
export { fingerprints } from './fingerprints.js';
export { hmac } from './hmac.js';
export { type KeyPlaces, KeyRing } from './key-ring.js';
export {
  CannotOpenKeys,
  type MasterKey,
  type MasterKeySource,
  masterKeyOf,
  masterKeysIn,
  masterKeysInFile,
  unwrapped,
  wrapped,
} from './master-key.js';
export { sealedEvents } from './sealed-events.js';
export { type BlindIndex, SealedRows } from './sealed-rows.js';
