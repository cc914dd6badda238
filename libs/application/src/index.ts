export * from './misfits.js';
