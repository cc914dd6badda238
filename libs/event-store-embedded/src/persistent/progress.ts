import type { GroupSettings } from './group-settings.js';

/** How far a group has come, and when that is written down. Sequences as its source counts them. */
export class Progress {
  /** The sequence written down last. */
  saved: number | undefined;
  private saving = false;
  private savedAt = Number.NEGATIVE_INFINITY;

  /** `written`: everything up to this sequence lies behind the group when it begins. */
  constructor(
    private readonly settings: GroupSettings,
    private written: number,
    private readonly save: (sequence: number) => Promise<boolean>,
  ) {}

  /** After an answer: written down at once when much has been done since the last time. */
  moved(processed: number): void {
    if (processed - this.written >= this.settings.maxCheckpointCount) this.write(processed);
  }

  /** Now and then. `now` in milliseconds, as `moved` for `processed`. */
  tick(now: number, processed: number): void {
    const { checkpointAfterMs, minCheckpointCount } = this.settings;
    const isDue = checkpointAfterMs !== 0 && now - this.savedAt >= checkpointAfterMs;
    if (isDue && processed - this.written >= minCheckpointCount) this.write(processed, now);
    else this.moved(processed);
  }

  private write(processed: number, now = Date.now()): void {
    if (this.saving || processed <= this.written) return;
    this.saving = true;
    const before = this.written;
    this.written = processed;
    this.savedAt = now;
    void this.save(processed).then((saved) => {
      this.saving = false;
      if (saved) this.saved = processed;
      else this.written = before;
    });
  }
}
