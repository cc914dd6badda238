/** So much work at once and no more; what shares a name is done in the order it came. For one who hands out work alone. */
export class Lanes {
  private running = 0;
  private failures: unknown[] = [];
  private wake: () => void = () => undefined;
  private readonly last = new Map<string, Promise<void>>();

  constructor(private readonly most: number) {}

  /** Waits for a free place. Throws what earlier work failed with. */
  async start(names: readonly string[], work: () => Promise<void>): Promise<void> {
    await this.until(() => this.running < this.most);
    if (this.failures.length > 0) throw this.failures[0];
    this.running += 1;
    const done = Promise.all(names.map((name) => this.last.get(name)))
      .then(() => (this.failures.length > 0 ? undefined : work()))
      .catch((error: unknown) => void this.failures.push(error))
      .then(() => {
        for (const name of names) if (this.last.get(name) === done) this.last.delete(name);
        this.running -= 1;
        this.wake();
      });
    for (const name of names) this.last.set(name, done);
  }

  /** When all that was started is done. Throws what any of it failed with. */
  async finished(): Promise<void> {
    await this.until(() => this.running === 0);
    if (this.failures.length > 0) throw this.failures[0];
  }

  private async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}
