import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOMS = ['apps', 'libs', 'test', 'bench'];
const BESIDE = ['bin'];
const LAWS = [
  '.dependency-cruiser.cjs',
  'biome.json',
  'core.grit',
  'streams.grit',
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.core.json',
];

/** A throw-away copy of the sources, to plant things in: a law is proved by the breach it catches. */
export class HouseCopy {
  private readonly root = mkdtempSync(join(tmpdir(), 'house-'));

  constructor() {
    for (const part of [...ROOMS, ...BESIDE, ...LAWS]) this.copy(part, part);
    symlinkSync(resolve('node_modules'), join(this.root, 'node_modules'));
  }

  copy(from: string, to: string): void {
    const isWanted = (file: string) => !/node_modules|[/\\]contracts[/\\]vectors[/\\]expected/.test(file);
    cpSync(from, join(this.root, to), { recursive: true, filter: isWanted });
  }

  /** Appends the lines to a file, or begins it with them. */
  plant(file: string, lines: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true });
    appendFileSync(join(this.root, file), `${lines}\n`);
  }

  /** Changes the text of a file. */
  rewrite(file: string, change: (text: string) => string): void {
    const path = join(this.root, file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }

  sources(): readonly string[] {
    const inRoom = (room: string) => readdirSync(join(this.root, room), { encoding: 'utf8', recursive: true });
    const files = ROOMS.flatMap((room) => inRoom(room).map((file) => join(room, file)));
    return files.filter((file) => /\.ts$/.test(file));
  }

  /** What a tool of the house prints about the copy. */
  run(tool: string, ...args: readonly string[]): string {
    const options = { cwd: this.root, encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
    return spawnSync(join('node_modules', '.bin', tool), args, options).stdout;
  }

  import<Module>(file: string): Promise<Module> {
    return import(join(this.root, file));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
