export * from './facts.js';
export * from './specification.js';
export * from './view.js';
