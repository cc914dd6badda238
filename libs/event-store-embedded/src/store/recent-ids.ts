const GENERATION = 65_536;

type Where = Readonly<{ stream: string; revision: number }>;

/** Ids of the events written lately, between one and two generations of them. An id remembers where it was first seen. */
export class RecentIds {
  private young = new Map<string, Where>();
  private old = new Map<string, Where>();

  add(id: string, stream: string, revision: number): void {
    if (this.young.size >= GENERATION) {
      this.old = this.young;
      this.young = new Map();
    }
    if (!this.has(id)) this.young.set(id, { stream, revision });
  }

  has(id: string): boolean {
    return this.young.has(id) || this.old.has(id);
  }

  find(id: string, stream: string): number | undefined {
    const where = this.young.get(id) ?? this.old.get(id);
    return where?.stream === stream ? where.revision : undefined;
  }
}
