export { type Explained, explain, explainedText } from './explain.js';
export { type Counts, type Desk, type ImportOptions, importFile, type Progress, type Summary } from './import-file.js';
export type { Mapping } from './mapping.js';
export { loadMapping } from './mapping-file.js';
export { parseMapping } from './mapping-text.js';
export type { WithDesk } from './open-desk.js';
export { registerImport } from './register-import.js';
export { ImportProblem, inLanguage as importSentence } from './words.js';
