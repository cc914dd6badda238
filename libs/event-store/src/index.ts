export { Codec, type EventShapes } from './codec.js';
export { Limit } from './deadline.js';
export { isEcho } from './echo.js';
export { EventStoreDb, type Patience } from './event-store.js';
export type { LogEntry } from './log.js';
export { CannotMove, type Moved, moveLog, type Progress } from './move/move-log.js';
export { openEventStore } from './open-event-store.js';
