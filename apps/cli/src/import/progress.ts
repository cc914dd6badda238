import { Presets, SingleBar } from 'cli-progress';
import type { Language } from '../words.js';
import type { Progress } from './import-file.js';
import { inLanguage, sentence } from './words.js';

/** Shows how far an import is. */
export type Display = Readonly<{ show: (progress: Progress) => void; end: () => void }>;

const LINE_EVERY_MS = 5_000;

/** A bar where somebody watches, a line every few seconds where it goes into a file. */
export const displayOn = (out: NodeJS.WriteStream, lang: Language): Display =>
  out.isTTY ? bar(out, lang) : lines((text) => out.write(`${text}\n`), lang);

const bar = (stream: NodeJS.WriteStream, lang: Language): Display => {
  const shown = new SingleBar({ stream, format: '{bar} {line}', hideCursor: true }, Presets.shades_classic);
  shown.start(1, 0, { line: '' });
  return {
    show: (progress) => {
      shown.setTotal(progress.totalBytes);
      shown.update(progress.bytes, { line: lineFor(progress, lang) });
    },
    end: () => shown.stop(),
  };
};

/** Says one line every few seconds, none for an import that is over before. */
export const lines = (say: (text: string) => void, lang: Language, now = () => performance.now()): Display => {
  let saidAt = now();
  return {
    show: (progress) => {
      if (now() - saidAt < LINE_EVERY_MS) return;
      saidAt = now();
      say(lineFor(progress, lang));
    },
    end: () => undefined,
  };
};

const lineFor = ({ bytes, totalBytes, read, perSecond, secondsLeft }: Progress, lang: Language): string =>
  inLanguage(
    lang,
    sentence('progress', {
      percent: Math.floor((100 * bytes) / totalBytes),
      read,
      perSecond: Math.round(perSecond),
      left: clockText(secondsLeft),
    }),
  );

const clockText = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};
