// Runs a TypeScript file of the bench from its source: node --conditions=source bench/engine/run.mjs <file> [options]
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { resolve as absolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  register(import.meta.url);
  await import(pathToFileURL(absolute(process.argv[2])).href);
}

export const resolve = (specifier, context, next) =>
  specifier.startsWith('.') && context.parentURL?.endsWith('.ts')
    ? next(specifier.replace(/\.js$/, '.ts'), context)
    : next(specifier, context);

export const load = async (url, context, next) => {
  if (!url.endsWith('.ts')) return next(url, context);
  const { transform } = await import('@swc/core');
  const { code } = await transform(await readFile(fileURLToPath(url), 'utf8'), {
    filename: fileURLToPath(url),
    sourceMaps: 'inline',
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, useDefineForClassFields: false },
    },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
};
