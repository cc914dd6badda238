export * from './facts.js';
export * from './house.js';
export * from './in-memory-event-store.js';
export * from './no-secrets.js';
export * from './runs.js';
export * from './specification.js';
export * from './view.js';
export * from './witness.js';
