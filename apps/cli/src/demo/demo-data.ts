import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '#system';
import { type Language, languageOf } from '../words.js';
import { ZONE } from './scene.js';

/** The day after the last imported fact. */
export const FIRST_DAY = '2011-12-10';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Demo data lives apart: in a folder and stores of its own, whatever the environment says of yours, in a company whose
 * zone, currency and time fit the history.
 */
export const demoEnvironment =
  (lang: Language | undefined) =>
  ({ EVENTSTORE_URL: _, DATABASE_URL: __, ...env }: Env): Env => ({
    ...env,
    TOUCHLINE_DATA: env.TOUCHLINE_DATA || '.touchline-demo',
    TOUCHLINE_ZONE: ZONE,
    TOUCHLINE_CURRENCY: 'GBP',
    TOUCHLINE_VERTICAL: 'car-rental-leisure',
    TOUCHLINE_LOCALE: languageOf(lang) === 'zh' ? 'zh-CN' : 'en-GB',
    TOUCHLINE_CLOCK: FIRST_DAY,
    TOUCHLINE_LOG: env.TOUCHLINE_LOG || 'warn',
  });

/** What has been recorded of the demo's histories. */
export type DemoMark = Readonly<{ retail: boolean; story: boolean }>;

const fileIn = (data: string) => join(data, 'demo.json');

/** The mark of a folder that holds demo data; undefined where there is none. */
export const demoMarkIn = async (data: string): Promise<DemoMark | undefined> => {
  try {
    return JSON.parse(await readFile(fileIn(data), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

export const markDemo = async (data: string, mark: DemoMark): Promise<void> => {
  await makeFolder(data);
  const draft = `${fileIn(data)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(mark));
  await rename(draft, fileIn(data));
};

/** Whether somebody's own log is there. */
export const holdsOtherData = async (data: string): Promise<boolean> =>
  (await demoMarkIn(data)) === undefined && (await stat(join(data, 'log.key')).catch(() => undefined)) !== undefined;
