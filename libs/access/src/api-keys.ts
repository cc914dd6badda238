import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock, kindOf } from './claims.js';
import type { Principal } from './principal.js';
import type { Rows } from './tables.js';

/** A key as it is listed: never what it opens with. Instants are UTC with milliseconds, `lastUsedOn` is a day. */
export type ListedKey = Readonly<{
  id: string;
  name: string;
  roles: readonly string[];
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
  lastUsedOn: string | null;
}>;

const SHAPE = /^tl_([0-9a-f]{16})_([\w-]{43})$/;
const NO_HASH = Buffer.alloc(32);

/** Keys of services. Only the hash of a secret is kept: with 256 random bits there is nothing to guess. */
export class ApiKeys {
  constructor(
    private readonly rows: Rows,
    private readonly clock: Clock,
  ) {}

  /** Makes a key and answers it, this once. */
  async create(
    name: string,
    roles: readonly string[],
    expiresAt: string,
  ): Promise<Readonly<{ id: string; key: string }>> {
    const id = randomBytes(8).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    await this.rows(
      'insert into access_keys (id, name, roles, hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)',
      [id, name, roles, hashOf(secret), this.clock.now(), expiresAt],
    );
    return { id, key: `tl_${id}_${secret}` };
  }

  /** All there ever were, the newest first. */
  list(): Promise<readonly ListedKey[]> {
    return this.rows<ListedKey>(
      `select id, name, roles, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt",
       last_used_on as "lastUsedOn" from access_keys order by created_at desc, id`,
    );
  }

  /** Whether there is such a key; it is good for nothing any more. */
  async revoke(id: string): Promise<boolean> {
    const revoked = await this.rows(
      'update access_keys set revoked_at = coalesce(revoked_at, $2) where id = $1 returning id',
      [id, this.clock.now()],
    );
    return revoked.length > 0;
  }

  /** Whose key it is, with those of its roles that are known; notes the day it was used. */
  async holder(key: string, known: readonly string[]): Promise<Principal | 'unauthenticated'> {
    const [, id, secret] = SHAPE.exec(key) ?? [];
    if (id === undefined || secret === undefined) return 'unauthenticated';
    const now = this.clock.now();
    const [kept] = await this.rows<{ roles: readonly string[]; hash: Buffer }>(
      `select roles, hash from access_keys
       where id = $1 and revoked_at is null and expires_at > $2`,
      [id, now],
    );
    // An id that is not there takes as long as a secret that does not fit.
    const fits = timingSafeEqual(kept?.hash ?? NO_HASH, hashOf(secret));
    if (!kept || !fits) return 'unauthenticated';
    await this.rows('update access_keys set last_used_on = $2 where id = $1 and last_used_on is distinct from $2', [
      id,
      now.slice(0, 'YYYY-MM-DD'.length),
    ]);
    const roles = kept.roles.filter((role) => known.includes(role));
    return { kind: kindOf(roles), id: `key:${id}`, roles, teams: [] };
  }
}

export const isApiKey = (text: string): boolean => text.startsWith('tl_');

const hashOf = (secret: string) => createHash('sha256').update(secret).digest();
