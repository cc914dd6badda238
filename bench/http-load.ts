import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { rateOf } from './protocol.js';

/** What to send, how often, and over how many connections. `head` has the request line and the headers that stay. */
export type Load = Readonly<{
  port: number;
  head: string;
  body: string;
  count: number;
  atOnce: number;
}>;

/** A connection that is kept, for one request after the other. Next to nothing beside them: the client shares the machine. */
class Line {
  private heard = '';
  private answered: (status: number) => void = () => undefined;
  private broken: (error: Error) => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => this.hear(text));
    socket.on('close', () => this.broken(new Error('the API hung up')));
  }

  static async to(port: number): Promise<Line> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Line(socket);
  }

  /** @returns the status */
  ask(request: string): Promise<number> {
    return new Promise((answered, broken) => {
      this.answered = answered;
      this.broken = broken;
      this.socket.write(request);
    });
  }

  end(): void {
    this.broken = () => undefined;
    this.socket.destroy();
  }

  private hear(text: string): void {
    this.heard += text;
    const end = this.heard.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [, length = '0'] = /content-length: (\d+)/i.exec(this.heard) ?? [];
    if (this.heard.length < end + 4 + Number(length)) return;
    const status = Number(this.heard.slice(9, 12));
    this.heard = '';
    this.answered(status);
  }
}

const rate = async ({ port, head, body, count, atOnce }: Load): Promise<number> => {
  const free = await Promise.all(Array.from({ length: atOnce }, () => Line.to(port)));
  const lines = [...free];
  const rest = `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const perSecond = await rateOf(count, atOnce, async () => {
    const line = free.pop() as Line;
    const status = await line.ask(`${head}idempotency-key: ${randomUUID()}\r\n${rest}`);
    if (status !== 201) throw new Error(`answered ${status}`);
    free.push(line);
  });
  for (const line of lines) line.end();
  return perSecond;
};

process.on('message', (load: Load) => void rate(load).then((perSecond) => process.send?.(perSecond)));
