import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose';

export type SigningKey = Readonly<{ kid: string; alg: string; pair: GenerateKeyPairResult }>;

export const newKey = async (kid: string, alg = 'ES256'): Promise<SigningKey> => ({
  kid,
  alg,
  pair: await generateKeyPair(alg, { extractable: true }),
});

/** An OpenID Connect provider on the loopback interface: its discovery document and its keys, over real HTTP. */
export class IssuerServer {
  /** What it publishes now. */
  keys: readonly SigningKey[] = [];
  /** How often its keys were fetched. */
  fetched = 0;
  isDown = false;

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<IssuerServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = new IssuerServer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    server.on('request', async ({ url }, response) => {
      if (url === '/keys') issuer.fetched += 1;
      if (issuer.isDown) return response.writeHead(500).end();
      const found =
        url === '/keys' ? { keys: await issuer.published() } : { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` };
      return response.setHeader('content-type', 'application/json').end(JSON.stringify(found));
    });
    return issuer;
  }

  stop(): Promise<unknown> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    return closed;
  }

  /** A token as it signs them, changed as said. `now` in seconds. */
  token(key: SigningKey, now: number, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const usual = { iss: this.url, aud: 'touchline', sub: 'u-17', iat: now, exp: now + 600, roles: ['agent'] };
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .sign(key.pair.privateKey);
  }

  private published() {
    return Promise.all(
      this.keys.map(async ({ kid, alg, pair }) => ({ ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' })),
    );
  }
}
