import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real Chromium with an empty profile: the one of `CHROMIUM_BIN`, of this machine, or of the npm package. */
export const startBrowser = async (): Promise<Browser> => {
  const installed = process.env.CHROMIUM_BIN ?? INSTALLED.find((place) => existsSync(place));
  const folder = installed === undefined ? await unpacked() : '';
  return chromium.launch({
    executablePath: installed ?? join(folder, 'chromium'),
    args: QUIET,
    chromiumSandbox: false,
    timeout: 30_000,
    ...(folder && { env: { ...process.env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') } }),
  });
};

/** The package's browser with its libraries, unpacked once (200 MB): whole or not at all, however many try. */
const unpacked = async (): Promise<string> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Chromium is installed: install one, or name it in CHROMIUM_BIN');
  }
  const { version } = JSON.parse(await readFile(resolve('node_modules/@sparticuz/chromium/package.json'), 'utf8'));
  const cache = resolve('node_modules/.cache');
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'unpacking-'));
  // The package unpacks into the temporary folder, and adds its libraries where it is told that it runs in the cloud.
  const env = { ...process.env, TMPDIR: draft, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  const program = `import('@sparticuz/chromium').then((module) => module.default.executablePath())`;
  const { status, stderr } = spawnSync(process.execPath, ['--eval', program], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Chromium could not be unpacked: ${stderr}`);
  await rename(draft, folder).catch(async (error) => {
    await rm(draft, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
};
