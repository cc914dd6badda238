import { join } from 'node:path';
import {
  Access,
  ApiKeys,
  LocalTokens,
  localKeyIn,
  makeLocalKey,
  OutsideTokens,
  type RolesSource,
  type Rows,
  withTables,
} from '#access';
import { machineClock } from './business-clock.js';
import type { Logger } from './logger.js';
import { logIdIn } from './open-log.js';
import type { Settings } from './settings.js';

/** The file of the key that signs this machine's own tokens. Whoever reads it is the local administrator. */
export const accessKeyFile = (data: string): string => join(data, 'access.key');

/** What the API keys and the tickets in a database are asked with. */
export const apiKeysIn = (rows: Rows): ApiKeys => new ApiKeys(withTables(rows), machineClock);

/**
 * Who may come in: with tokens of this machine, of the issuer that is set, or with API keys. Makes the key of the local
 * tokens where there is none: taking it away makes all of them worthless.
 */
export const openAccess = async (
  settings: Settings,
  logId: string,
  { roles, rows, logger }: Readonly<{ roles: RolesSource; rows: Rows; logger: Logger }>,
): Promise<Access> => {
  const { issuer, audience, jwks, rolesClaim } = settings;
  return new Access({
    roles,
    local: await localTokens(settings.data, logId),
    outside: issuer === undefined ? undefined : new OutsideTokens({ issuer, audience, jwks }, machineClock),
    rolesClaim,
    keys: apiKeysIn(rows),
    rows: withTables(rows),
    clock: machineClock,
    warn: (error) => logger.warn({ err: error }, 'somebody could not be verified'),
  });
};

/** Tokens of this machine's own, from the keys of the data folder alone; undefined where no log was begun. */
export const localTokensIn = async (data: string): Promise<LocalTokens | undefined> => {
  const logId = await logIdIn(data);
  return logId === undefined ? undefined : localTokens(data, logId);
};

const localTokens = async (data: string, logId: string): Promise<LocalTokens> => {
  const file = accessKeyFile(data);
  const key = (await localKeyIn(file)) ?? (await makeLocalKey(file));
  return new LocalTokens(key, logId, machineClock);
};
