import type { IncomingHttpHeaders } from 'node:http';

/** What somebody came with: a token or an API key, or the cookie of a session. */
export type Credential = Readonly<{ as: 'bearer' | 'session'; text: string }>;

/** Browsers share cookies between ports: each log has a name of its own for its. */
export const cookieNameOf = (logId: string): string => `touchline-${logId.slice(-12)}`;

/** The header's word counts more than the cookie's. */
export const credentialIn = (headers: IncomingHttpHeaders, cookie: string): Credential | undefined => {
  if (headers.authorization !== undefined) {
    const [, text] = /^Bearer +([\w.~+/=-]{1,8192})$/i.exec(headers.authorization) ?? [];
    return text === undefined ? undefined : { as: 'bearer', text };
  }
  const [, text] = new RegExp(`(?:^|; *)${cookie}=([\\w.-]{1,4096})(?:;|$)`).exec(headers.cookie ?? '') ?? [];
  return text === undefined ? undefined : { as: 'session', text };
};

/** A session for this browser alone, that no script reads and no other site sends; zero seconds end it. */
export const cookieOf = (name: string, text: string, seconds: number, isEncrypted: boolean): string =>
  `${name}=${text}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isEncrypted ? '; Secure' : ''}`;
