import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RolesPolicy, RolesSource } from '#access';
import { type Clock, misfits, type PolicyBook } from '#application';
import { defaultRoles, faultInRoles, KINDS, Roles } from '#domain';
import { isRejection } from '#kernel';
import type { Logger } from './logger.js';
import { SETTINGS, type Settings, WrongSettings } from './settings.js';

/** The roles cannot be read: nothing opens. The message says what to do. */
export class CannotReadRoles extends Error {}

/** How often the log is asked for another version: so long one that was published is unknown at most, and the time of a read. */
const READ_EVERY_MS = 1_000;
/** So long a process that the log does not answer goes by what it knows. */
const KNOWN_FOR_MS = 10 * 60_000;
const NAME = 'roles.default';

type Parts = Readonly<{
  policies: PolicyBook;
  clock: Clock;
  logger: Logger;
  data: string;
  /** The machine's time in milliseconds. */
  elapsed: () => number;
}>;

/** Who may what, as the log says. What is published holds without a restart, in every process. */
export class RolesInForce implements RolesSource {
  private readonly ending = new AbortController();
  private heardAt: number;
  /** The version of the copy. */
  private kept: number;
  /** What was the matter when they were last asked for. */
  private trouble: 'none' | 'away' | 'unreadable' = 'none';

  private constructor(
    private readonly parts: Parts,
    private known: RolesPolicy,
  ) {
    this.heardAt = parts.elapsed();
    this.kept = known.version;
  }

  /** Reads them and follows them. Throws `CannotReadRoles` where there are none that this release can read. */
  static async open(parts: Parts): Promise<RolesInForce> {
    const roles = new RolesInForce(parts, await read(parts));
    await keep(parts.data, roles.policy);
    void roles.follow();
    return roles;
  }

  get policy(): RolesPolicy {
    return this.known;
  }

  get isCurrent(): boolean {
    return this.trouble !== 'unreadable' && this.parts.elapsed() - this.heardAt <= KNOWN_FOR_MS;
  }

  /** Looks whether there is another version. */
  async refresh(): Promise<void> {
    const { elapsed, data, logger } = this.parts;
    const asked = elapsed();
    try {
      const found = await read(this.parts);
      [this.known, this.heardAt, this.trouble] = [found, asked, 'none'];
      if (found.version === this.kept) return;
      await keep(data, found);
      this.kept = found.version;
    } catch (error) {
      if (this.ending.signal.aborted) return;
      // A version that nobody here can read is in force: what is known is over. A log that is away brings no new one.
      const trouble = error instanceof CannotReadRoles || this.trouble === 'unreadable' ? 'unreadable' : 'away';
      if (trouble !== this.trouble) logger.warn({ err: error }, 'the roles cannot be read');
      this.trouble = trouble;
    }
  }

  close(): void {
    this.ending.abort();
  }

  private async follow(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await pause(READ_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.refresh();
    }
  }
}

const read = async ({ policies, clock }: Pick<Parts, 'policies' | 'clock'>): Promise<RolesPolicy> => {
  const found = await policies.effectiveAt(NAME, clock.now());
  if (found === undefined) throw new CannotReadRoles(`no version of ${NAME} is in force: nobody may do anything`);
  if (isRejection(found))
    throw new CannotReadRoles(`${NAME} is in a form that a later release reads (${found.rejected}): start that one`);
  const [, version] = /@(\d+)$/.exec(found.ref) ?? [];
  return {
    version: Number(version),
    body: rolesIn(found.body, `${found.ref} holds no roles that this release can read`),
  };
};

const rolesIn = (body: unknown, otherwise: string): Roles => {
  const [wrong] = misfits(body, [Roles]);
  if (wrong) throw new CannotReadRoles(`${otherwise}: ${wrong.pointer} ${wrong.detail}`);
  return body as Roles;
};

/** A copy for verbs that run before a store does; the log alone decides as soon as it is open. */
const copyIn = (data: string): string => join(data, 'roles.json');

const keep = async (data: string, policy: RolesPolicy): Promise<void> => {
  const draft = `${copyIn(data)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(policy)}\n`, { mode: 0o600, flush: true });
  await rename(draft, copyIn(data));
};

/** The roles as far as this folder knows them: as they were last read from the log, else those that a log begins with. */
export const rolesKnownTo = async (settings: Settings): Promise<RolesPolicy> => {
  const text = await readFile(copyIn(settings.data), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new CannotReadRoles(`${copyIn(settings.data)} cannot be read (${error.message}): make it readable`);
  });
  if (text === undefined) return { version: 1, body: await firstRoles(settings) };
  const { version, body } = Object(jsonIn(text));
  const advice = `${copyIn(settings.data)} is damaged: remove it, it is written again from the log`;
  return { version, body: rolesIn(body, advice) };
};

/** The roles that a log begins with: those that ship, or those of a file of one's own. Throws `WrongSettings` when it cannot be used. */
export const firstRoles = async ({ roles: file }: Pick<Settings, 'roles'>): Promise<Roles> => {
  if (file === undefined) return defaultRoles;
  const cannot = (why: string) => new WrongSettings(`${SETTINGS.roles.name}: ${file} cannot be used: ${why}`);
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw cannot(error.message);
  });
  const { body } = Object(jsonIn(text));
  const wrong = misfits(body, [Roles], '/body');
  if (wrong.length > 0) throw cannot(wrong.map(({ pointer, detail }) => `${pointer} ${detail}`).join('\n'));
  const fault = faultInRoles(body as Roles, Object.keys(KINDS));
  if (fault) throw cannot(`${fault.rejected} ${fault.details?.action ?? ''}`.trim());
  return body as Roles;
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
