import { SingleBar } from 'cli-progress';
import { inWords, type Language } from '../words.js';
import type { Progress } from './request.js';

const STAGES: Readonly<Record<Progress['stage'], readonly [en: string, zh: string]>> = {
  read: ['reading', '读取'],
  fit: ['fitting', '拟合'],
  learn: ['learning from the past', '从历史学习'],
  judge: ['judging', '评判'],
};
/** Reading is a third of the bar, fitting and learning most of the rest. */
const STARTS: Readonly<Record<Progress['stage'], number>> = { read: 0, fit: 0.35, learn: 0.55, judge: 0.95 };
const SPANS: Readonly<Record<Progress['stage'], number>> = { read: 0.35, fit: 0.2, learn: 0.4, judge: 0.05 };
const USUAL_EVALUATIONS = 250;
const LINE_EVERY_MS = 3_000;

function shareOf(progress: Progress): number {
  const { stage } = progress;
  if (progress.stage === 'read') return SPANS.read * progress.share;
  const within = Math.min(1, progress.evaluations / USUAL_EVALUATIONS);
  return STARTS[stage] + (SPANS[stage] * (progress.done + within)) / progress.of;
}

export interface ProgressSign {
  readonly show: (progress: Progress) => void;
  readonly stop: () => void;
}

/** A bar on stderr where a person watches, else a line every few seconds. Never goes back. */
export function progressSign(lang: Language): ProgressSign {
  let reached = 0;
  const furthest = (progress: Progress): number => {
    reached = Math.max(reached, shareOf(progress));
    return reached;
  };
  if (process.stderr.isTTY) {
    const bar = new SingleBar({
      format: '{bar} {percentage} % {stage}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    });
    bar.start(1000, 0, { stage: '' });
    return {
      show: (progress) =>
        bar.update(Math.round(1000 * furthest(progress)), { stage: inWords(lang, ...STAGES[progress.stage]) }),
      stop: () => bar.stop(),
    };
  }
  let spoke = performance.now();
  const show = (progress: Progress) => {
    const share = furthest(progress);
    if (performance.now() - spoke < LINE_EVERY_MS) return;
    spoke = performance.now();
    process.stderr.write(`${inWords(lang, ...STAGES[progress.stage])} ${Math.round(100 * share)} %\n`);
  };
  return { show, stop: () => undefined };
}
