export { type EngineOptions, ProjectionEngine } from './engine.js';
export { factsByCustomer, NOBODY } from './facts-by-customer.js';
export type { Fault } from './faults.js';
export type { Log, LogEntry } from './log.js';
export type { Logger } from './pack.js';
export { type Progress, type RebuildOptions, type Rebuilt, StoppedWhileFilling } from './rebuild.js';
export { readStatus, type ViewState, type ViewStatus } from './status.js';
export type { View } from './view.js';
export { waitFor } from './wait-for.js';
