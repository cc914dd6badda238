import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Clock, type Refused, SKEW_SECONDS } from './claims.js';

/** Who signs tokens for this company: an OpenID Connect provider. */
export type Issuer = Readonly<{
  issuer: string;
  audience: string;
  /** Where its keys are; left out, its discovery document says so. */
  jwks: string | undefined;
}>;

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const ANSWERS_WITHIN_MS = 5_000;
/** An unknown key is looked for again this often at most, and so is an issuer that did not answer. */
const LOOKS_AGAIN_AFTER_MS = 30_000;
const TRIES_AGAIN_AFTER_MS = 2_000;
const KNOWS_KEYS_FOR_MS = 600_000;

/** The issuer's keys cannot be had just now. */
class KeysUnavailable extends Error {}

/** Whether keys may come from there: over TLS, or from this machine. */
export const isTrustworthy = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
};

/** Tokens that an issuer outside signs. Its keys are fetched when they are first needed, and again when they rotate. */
export class OutsideTokens {
  readonly issuer: string;
  private keys: JWTVerifyGetKey | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly from: Issuer,
    private readonly clock: Clock,
  ) {
    this.issuer = from.issuer;
  }

  /** What a token says, or why it says nothing. */
  async read(token: string): Promise<JWTPayload | Refused> {
    try {
      const { payload } = await jwtVerify(token, this.keyFor, {
        algorithms: ALGORITHMS,
        issuer: this.from.issuer,
        audience: this.from.audience,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(this.clock.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof KeysUnavailable) return 'unavailable';
      if (error instanceof errors.JOSEError) return 'unauthenticated';
      throw error;
    }
  }

  private readonly keyFor: JWTVerifyGetKey = async (header, token) => {
    this.keys ??= createRemoteJWKSet(new URL(await this.place()), {
      timeoutDuration: ANSWERS_WITHIN_MS,
      cooldownDuration: LOOKS_AGAIN_AFTER_MS,
      cacheMaxAge: KNOWS_KEYS_FOR_MS,
      [customFetch]: this.fetch,
    });
    try {
      return await this.keys(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      throw new KeysUnavailable(undefined, { cause: error });
    }
  };

  private async place(): Promise<string> {
    if (this.from.jwks !== undefined) return this.from.jwks;
    try {
      const address = `${this.from.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const answer = await this.fetch(address, { redirect: 'error', signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
      const { issuer, jwks_uri: place } = (await answer.json()) as Readonly<Record<string, unknown>>;
      if (issuer === this.from.issuer && typeof place === 'string' && isTrustworthy(place)) return place;
    } catch (error) {
      throw new KeysUnavailable(undefined, { cause: error });
    }
    throw new KeysUnavailable('the discovery document is not of this issuer');
  }

  /** Fails at once for a while after a failure: an issuer that is down is not asked once a request. */
  private readonly fetch = async (url: string, options: RequestInit): Promise<Response> => {
    const now = Date.parse(this.clock.now());
    if (now - this.failedAt < TRIES_AGAIN_AFTER_MS) throw new Error('did not answer a moment ago');
    try {
      const answer = await fetch(url, options);
      if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
      return answer;
    } catch (error) {
      this.failedAt = now;
      throw error;
    }
  };
}

/** No key fits: the token is to blame, and not the issuer. */
const isAboutToken = (error: unknown) =>
  [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported].some(
    (kind) => error instanceof kind,
  );
