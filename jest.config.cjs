// Sources are ES modules; Jest runs them as CommonJS through swc, because its native module mode leaks memory with every suite.
// Packages that exist as ES modules only are named here, so that they are translated too.
const esmOnly = [
  '@nestjs',
  '@borewit',
  '@tokenizer',
  'file-type',
  'jose',
  'strtok3',
  'token-types',
  'uint8array-extras',
  'uuidv7',
  'temporal-polyfill',
  'temporal-utils',
];
const swc = {
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'commonjs' },
  jsc: {
    target: 'es2022',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, useDefineForClassFields: false },
  },
};

module.exports = {
  testEnvironment: 'node',
  testTimeout: 60_000,
  testRegex: '\\.spec\\.ts$',
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.touchline'],
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'default'] },
  transform: { '\\.[mc]?[jt]s$': ['@swc/jest', swc] },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
