import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { eventClasses } from '#domain';

const read = (file: string) => readFileSync(file, 'utf8');
const documents = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync('docs', { encoding: 'utf8', recursive: true })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

describe('the documents', () => {
  it.each(documents)('%s leads only to what is there', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(join(dirname(document), link)))).toEqual([]);
  });

  it('begin with a README of at most 150 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(150);
  });

  it('have every document on the map', () => {
    const missing = documents.filter((file) => file.startsWith('docs/') && file !== 'docs/README.md');
    // A folder may have a map of its own.
    const isNamed = (map: string, file: string) =>
      existsSync(map) && read(map).includes(`(${relative(dirname(map), file)})`);
    const maps = (file: string) => ['docs/README.md', join(dirname(file), 'README.md')];
    expect(missing.filter((file) => !maps(file).some((map) => isNamed(map, file)))).toEqual([]);
  });

  it('tell subscribers of every fact', () => {
    const told = read('CHANGELOG.md');
    expect(Object.keys(eventClasses).filter((type) => !told.includes(`\`${type}\``))).toEqual([]);
  });

  it('name only commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = documents.flatMap((file) =>
      [...read(file).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThanOrEqual(5);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
