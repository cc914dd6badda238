import { hash } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload } from 'jose';
import { type ApiKeys, isApiKey } from './api-keys.js';
import { type Clock, principalIn, type Refused, SKEW_SECONDS } from './claims.js';
import type { LocalTokens } from './local-tokens.js';
import type { OutsideTokens } from './outside-tokens.js';
import type { Principal } from './principal.js';
import { type RolesPolicy, rolesOf } from './roles.js';
import type { Rows } from './tables.js';

/** How long who was recognised is believed: so long a revoked key is good at most. */
const BELIEVED_FOR_MS = 10_000;
const MOST_BELIEVED = 2_000;
const SESSION_SECONDS = 12 * 3600;

/** Ids that no issuer outside may give. */
const OWN_IDS = /^(local$|anyone$|key:)/;

/** Where the roles come from. They change while the process runs. */
export type RolesSource = Readonly<{
  policy: RolesPolicy;
  /** Whether what is known may still be gone by; while it may not, nobody is recognised. */
  isCurrent: boolean;
}>;

type Parts = Readonly<{
  roles: RolesSource;
  local: LocalTokens;
  /** Undefined where no issuer outside is set. */
  outside: OutsideTokens | undefined;
  rolesClaim: string;
  keys: ApiKeys;
  rows: Rows;
  clock: Clock;
  /** Hears why something could not be verified. */
  warn: (error: unknown) => void;
}>;

/** Who it is that comes with a token, a key or a cookie. */
export class Access {
  private readonly believed = new Map<string, Readonly<{ principal: Principal; until: number }>>();

  constructor(private readonly parts: Parts) {}

  /** Who may what, at this moment. */
  get policy(): RolesPolicy {
    return this.parts.roles.policy;
  }

  /** Who a bearer token or an API key is of, or a cookie of a session. */
  async recognise(as: 'bearer' | 'session', credential: string): Promise<Principal | Refused> {
    if (!this.parts.roles.isCurrent) return 'unavailable';
    // Which roles there are is of the policy: under another one they are looked at afresh.
    const digest = hash('sha256', `${this.policy.version} ${as} ${credential}`, 'base64');
    const now = Date.parse(this.parts.clock.now());
    const known = this.believed.get(digest);
    if (known && now < known.until) return known.principal;
    this.believed.delete(digest);
    const found = await this.look(as, credential).catch(this.unavailable);
    if (typeof found !== 'string') this.believe(digest, { principal: found, until: now + BELIEVED_FOR_MS });
    return found;
  }

  /** A token of this machine's own. */
  tokenFor(principal: Principal, seconds: number): Promise<string> {
    return this.parts.local.issue(principal, 'access', seconds);
  }

  /** As `LocalTokens.ticketFor`. */
  ticketFor(principal: Principal): Promise<string> {
    return this.parts.local.ticketFor(principal);
  }

  /** A session's cookie for a ticket that nobody has used yet. */
  async redeem(ticket: string): Promise<Readonly<{ cookie: string; seconds: number }> | Refused> {
    const claims = await this.parts.local.read(ticket, 'sign-in');
    const holder = claims && this.principalOf(claims);
    if (!claims || !holder || typeof holder === 'string') return 'unauthenticated';
    const isFirst = await this.isFirst(claims).catch(this.unavailable);
    if (isFirst !== true) return isFirst || 'unauthenticated';
    return { cookie: await this.parts.local.issue(holder, 'session', SESSION_SECONDS), seconds: SESSION_SECONDS };
  }

  private async look(as: 'bearer' | 'session', credential: string): Promise<Principal | Refused> {
    const { keys, local } = this.parts;
    if (as === 'bearer' && isApiKey(credential)) return keys.holder(credential, rolesOf(this.policy));
    if (as === 'session') return this.principalOf(await local.read(credential, 'session'));
    const issuer = issuerOf(credential);
    if (issuer === local.issuer) return this.principalOf(await local.read(credential, 'access'));
    return issuer === undefined ? 'unauthenticated' : this.fromOutside(credential);
  }

  private async fromOutside(token: string): Promise<Principal | Refused> {
    const { outside, rolesClaim } = this.parts;
    const claims = (await outside?.read(token)) ?? 'unauthenticated';
    const found = typeof claims === 'string' ? claims : principalIn(claims, rolesClaim, rolesOf(this.policy));
    return typeof found !== 'string' && OWN_IDS.test(found.id) ? 'unauthenticated' : found;
  }

  private principalOf(claims: JWTPayload | undefined): Principal | 'unauthenticated' {
    return claims ? principalIn(claims, 'roles', rolesOf(this.policy)) : 'unauthenticated';
  }

  /** Whether nobody has used it, in whatever process. What has expired needs no remembering. */
  private async isFirst({ jti, exp }: JWTPayload): Promise<boolean> {
    const { rows, clock } = this.parts;
    await rows('delete from access_tickets where expires_at < $1', [clock.now()]);
    const forgotten = new Date((Number(exp) + 2 * SKEW_SECONDS) * 1000).toISOString();
    const first = await rows(
      'insert into access_tickets (id, expires_at) values ($1, $2) on conflict do nothing returning id',
      [jti, forgotten],
    );
    return first.length > 0;
  }

  /** The tables or the issuer do not answer: that lets nobody in. */
  private readonly unavailable = (error: unknown): 'unavailable' => {
    this.parts.warn(error);
    return 'unavailable';
  };

  private believe(digest: string, holder: Readonly<{ principal: Principal; until: number }>): void {
    this.believed.set(digest, holder);
    const [oldest] = this.believed.keys();
    if (this.believed.size > MOST_BELIEVED && oldest !== undefined) this.believed.delete(oldest);
  }
}

/** Whose token it says it is: good for choosing who verifies it, for nothing else. */
const issuerOf = (token: string): string | undefined => {
  try {
    return decodeJwt(token).iss;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
};
