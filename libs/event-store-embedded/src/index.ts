export { FolderInUse, livingOwner, lockFolder, ownerHere } from './folder-lock.js';
export type { FsyncPolicy, LogLine } from './log/log-options.js';
export { LogRefused } from './log/segment.js';
export { backupStore, restoreStore, type Verification, verifyStore } from './maintenance.js';
export { type EmbeddedEventStore, type EventStoreOptions, startEventStore } from './server.js';
