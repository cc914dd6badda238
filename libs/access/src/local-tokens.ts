import { randomUUID } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { type Clock, SKEW_SECONDS } from './claims.js';
import type { LocalKey } from './local-key.js';
import type { Principal } from './principal.js';

/** What a token is good for; each is refused in the place of another. */
export type Use = 'access' | 'session' | 'sign-in';
const AUDIENCES: Readonly<Record<Use, string>> = {
  access: 'touchline',
  session: 'touchline-session',
  'sign-in': 'touchline-sign-in',
};

const TICKET_SECONDS = 15 * 60;

/** Tokens that this machine issues to itself, for where nobody else does. */
export class LocalTokens {
  /** Whose tokens they are: those of another log are none here. */
  readonly issuer: string;

  constructor(
    private readonly key: LocalKey,
    logId: string,
    private readonly clock: Clock,
  ) {
    this.issuer = `touchline-local:${logId}`;
  }

  /** A token for so many seconds from now on. */
  issue({ id, roles, teams }: Principal, use: Use, seconds: number): Promise<string> {
    const now = Math.floor(Date.parse(this.clock.now()) / 1000);
    return new SignJWT({ roles: [...roles], teams: [...teams] })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(this.issuer)
      .setAudience(AUDIENCES[use])
      .setSubject(id)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(this.key.privateKey);
  }

  /** What lets its holder into the console, once, within a quarter of an hour. */
  ticketFor(principal: Principal): Promise<string> {
    return this.issue(principal, 'sign-in', TICKET_SECONDS);
  }

  /** What a token says; undefined when it is not ours, not now, or not for this use. */
  async read(token: string, use: Use): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.key.publicKey, {
        algorithms: ['EdDSA'],
        issuer: this.issuer,
        audience: AUDIENCES[use],
        requiredClaims: ['sub', 'exp', 'jti'],
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(this.clock.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
