import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to a server that can be cut, with all that is on it, and mended under the same address. */
export class CuttableLine {
  private readonly ends = new Set<Socket>();
  private port = 0;
  private server = createServer();

  constructor(private readonly target: string) {}

  /** Gives back the address to use instead. */
  async mend(): Promise<string> {
    this.server = createServer((near) => {
      const far = connect(Number(new URL(this.target).port), '127.0.0.1');
      near.pipe(far).pipe(near);
      for (const end of [near, far]) {
        this.ends.add(end);
        end.on('error', () => undefined).once('close', () => this.ends.delete(end));
      }
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.port}`;
  }

  async cut(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const end of this.ends) end.destroy();
    await closed;
  }
}
