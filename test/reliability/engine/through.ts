import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What happens to a COMMIT: it is carried out and its reply does not come back, or it never gets there. */
export type Loss = 'the reply' | 'the COMMIT';

/** A connection that goes through. */
type Link = { isMute: boolean; isBatch: boolean; loses: Loss | null };

const COMMIT = Buffer.from('commit\0');
/** With which a batch that writes rows begins, rightly or with a planted bug. */
const ROWS = Buffer.from('with part_0 as (');

/** A port of this machine that leads somewhere: as it is told at once, late, or not at all. */
export class Through {
  /** While true whoever is connected, or connects, hears nothing; and never does on that connection. */
  isHole = false;
  /** How late everything arrives, in milliseconds, in each direction. */
  delayMs = 0;
  #losing: Readonly<{ loss: Loss; lost: (wasCommitted: boolean) => void }> | null = null;
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: () => NetConnectOpts,
  ) {
    server.on('connection', (socket) => this.#lead(socket));
  }

  static async to(target: () => NetConnectOpts): Promise<Through> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Through(server, target);
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** Loses what belongs to the COMMIT of the next batch of views. @returns whether the server said that it was committed */
  lose(loss: Loss): Promise<boolean> {
    return new Promise((lost) => {
      this.#losing = { loss, lost };
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #lead(from: Socket): void {
    const to = connect(this.target());
    const link: Link = { isMute: this.isHole, isBatch: false, loses: null };
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        if (!link.isMute) other.destroy();
      });
    }
    void this.#carry(from, to, link, (chunk) => this.#asked(chunk, link));
    void this.#carry(to, from, link, (chunk) => this.#answered(chunk, link));
  }

  async #carry(from: Socket, to: Socket, link: Link, mayPass: (chunk: Buffer) => boolean): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        link.isMute ||= this.isHole;
        if (link.isMute) continue;
        if (!mayPass(chunk)) return cut(from, to);
        if (this.delayMs > 0) await pause(this.delayMs);
        if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
    } catch {
      cut(from, to); // one of the two broke off: so does the other
    }
  }

  #asked(chunk: Buffer, link: Link): boolean {
    link.isBatch ||= chunk.includes(ROWS);
    if (!link.isBatch || !chunk.includes(COMMIT)) return true;
    link.isBatch = false;
    if (!this.#losing) return true;
    link.loses = this.#losing.loss;
    if (link.loses === 'the reply') return true;
    this.#lost(false);
    return false;
  }

  #answered(chunk: Buffer, link: Link): boolean {
    if (link.loses !== 'the reply') return true;
    this.#lost(chunk.includes(Buffer.from('COMMIT\0')));
    return false;
  }

  #lost(wasCommitted: boolean): void {
    const losing = this.#losing;
    this.#losing = null;
    losing?.lost(wasCommitted);
  }
}

const cut = (...sockets: readonly Socket[]): void => {
  for (const socket of sockets) socket.destroy();
};
