import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the API of a data folder listens, and which process keeps it. */
export type Address = Readonly<{ url: string; pid: number }>;

const fileIn = (data: string) => join(data, 'address.json');
const ANSWERS_WITHIN_MS = 1500;

/** Tells other processes of this machine. */
export const announceAddress = async (data: string, address: Address): Promise<void> => {
  const draft = `${fileIn(data)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(address), { mode: 0o600 });
  await rename(draft, fileIn(data));
};

export const withdrawAddress = (data: string): Promise<void> => rm(fileIn(data), { force: true });

/** The address of the API of this data folder, if it answers. */
export const answeringAddress = async (data: string): Promise<Address | undefined> => {
  const address = await announcedAddress(data);
  if (!address) return undefined;
  const answer = await fetch(`${address.url}/health/live`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }).catch(
    () => undefined,
  );
  return answer?.ok ? address : undefined;
};

const announcedAddress = async (data: string): Promise<Address | undefined> => {
  try {
    return JSON.parse(await readFile(fileIn(data), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
