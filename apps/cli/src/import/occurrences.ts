/** How often each content was seen: 64 bits of its digest beside a count, at most 48 bytes of memory a row. */
export class Occurrences {
  private digests = new BigUint64Array(1024);
  private counts = new Uint32Array(1024);
  private size = 0;

  /** 1 for the first time this digest is seen, 2 for the second, … */
  next(digest: bigint): number {
    if (this.size * 2 > this.digests.length) this.grow();
    const place = this.placeOf(digest);
    if (this.counts[place] === 0) this.size += 1;
    this.digests[place] = digest;
    this.counts[place] = (this.counts[place] as number) + 1;
    return this.counts[place] as number;
  }

  private placeOf(digest: bigint): number {
    const mask = this.digests.length - 1;
    let place = Number(digest & 0xffff_ffffn) & mask;
    while (this.counts[place] !== 0 && this.digests[place] !== digest) place = (place + 1) & mask;
    return place;
  }

  private grow(): void {
    const { digests, counts } = this;
    this.digests = new BigUint64Array(digests.length * 2);
    this.counts = new Uint32Array(counts.length * 2);
    for (const [index, count] of counts.entries()) {
      if (count === 0) continue;
      const place = this.placeOf(digests[index] as bigint);
      this.digests[place] = digests[index] as bigint;
      this.counts[place] = count;
    }
  }
}
