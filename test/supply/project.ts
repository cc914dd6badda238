import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Wants = Readonly<Record<string, string>>;
/** A package as the lock file or its own package.json tells of it. */
export type Package = {
  name?: string;
  version?: string;
  license?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  os?: readonly string[];
  hasInstallScript?: boolean;
  scripts?: Wants;
  dependencies?: Wants;
  devDependencies?: Wants;
  optionalDependencies?: Wants;
  peerDependencies?: Wants;
};
/** What a project says that it needs, what its lock file pins, what lies in node_modules, and where packages are named. */
export type Project = {
  manifest: Package;
  lock: { lockfileVersion: number; packages: Record<string, Package> };
  installed: Record<string, Package>;
  sources: string;
};

export const readProject = (root = '.'): Project => {
  const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const lock: Project['lock'] = json('package-lock.json');
  const present: Record<string, Package> = json('node_modules/.package-lock.json').packages;
  const installed = Object.fromEntries(Object.keys(present).map((place) => [place, json(`${place}/package.json`)]));
  const folders = ['apps', 'bench', 'bin', 'libs', 'test'];
  const files = folders
    .flatMap((folder) => filesIn(join(root, folder)))
    .filter((path) => !path.includes('test/supply/'));
  const settings = readdirSync(root).filter((name) => /\.(c?js|json)$/.test(name) && !name.startsWith('package'));
  const scripts = JSON.stringify(json('package.json').scripts);
  const texts = [...files, ...settings.map((name) => join(root, name))].map((path) => readFileSync(path, 'utf8'));
  return { manifest: json('package.json'), lock, installed, sources: [...texts, scripts].join('\n') };
};

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs|cjs|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
