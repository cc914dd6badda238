import type { Language } from '../words.js';
import type { Progress } from './import-file.js';
import { inLanguage, sentence } from './words.js';

/** How far an import is, in one line. */
export const progressLine = ({ bytes, totalBytes, read, perSecond, secondsLeft }: Progress, lang: Language): string =>
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
