import type { GroupSettings } from './group-settings.js';

/** How far a group has come, and when that is written down. Sequences as its source counts them; -1 is nothing yet. */
export class Progress {
  highest = -1;
  saved: number | undefined;
  private written = -1;
  private saving = false;
  private lastTick = 0;

  constructor(
    private readonly settings: GroupSettings,
    private readonly save: (sequence: number) => Promise<boolean>,
  ) {}

  delivered(sequence: number | undefined): void {
    if (sequence === undefined) return;
    if (this.highest < 0 && this.written < 0) this.written = sequence - 1;
    this.highest = Math.max(this.highest, sequence);
  }

  /** After an answer: written down at once when much has been done since the last time. */
  moved(processed: number): void {
    if (processed - this.written >= this.settings.maxCheckpointCount) this.write(processed);
  }

  tick(now: number, processed: number): void {
    if (now - this.lastTick < this.settings.checkpointAfterMs) return;
    this.lastTick = now;
    if (processed - this.written >= Math.max(1, this.settings.minCheckpointCount)) this.write(processed);
  }

  private write(processed: number): void {
    if (this.saving || processed <= this.written) return;
    this.saving = true;
    void this.save(processed).then((saved) => {
      this.saving = false;
      if (!saved) return;
      this.written = processed;
      this.saved = processed;
    });
  }
}
