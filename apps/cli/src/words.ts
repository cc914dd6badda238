export type Language = 'zh' | 'en';

/** `--lang`, else LANG. */
export const languageOf = (asked: string | undefined): Language =>
  (asked ?? process.env.LC_ALL ?? process.env.LANG ?? 'en').toLowerCase().startsWith('zh') ? 'zh' : 'en';

/** A sentence in both languages, chosen by who reads it. */
export const inWords = (lang: Language, en: string, zh: string): string => (lang === 'zh' ? zh : en);

/** The same with its language chosen. */
export type Phrase = (en: string, zh: string) => string;
export const phraseIn =
  (lang: Language): Phrase =>
  (en, zh) =>
    inWords(lang, en, zh);
