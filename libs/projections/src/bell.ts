/** Wakes everyone who waits for something to have changed. */
export class Bell {
  #ring: () => void = () => undefined;
  #next = this.#make();

  ring(): void {
    this.#ring();
    this.#next = this.#make();
  }

  get rung(): Promise<void> {
    return this.#next;
  }

  #make(): Promise<void> {
    return new Promise((resolve) => {
      this.#ring = resolve;
    });
  }
}
