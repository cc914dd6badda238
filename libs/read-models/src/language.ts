import { IsIn } from 'class-validator';
import { slices } from '#domain';
import { sentenceOf } from '#kernel';

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];
export const IsLanguage = () => IsIn(languages);

/** The sentence of a summary `<category>.<key>` in that language; the summary itself where nobody has words for it. */
export const phraseOf = (
  summary: string,
  params: Readonly<Record<string, string | number>> | null,
  language: Language,
): string => {
  const dot = summary.indexOf('.');
  const words = slices.find(({ category }) => category === summary.slice(0, dot))?.words;
  return (words && sentenceOf(words[language], summary.slice(dot + 1), params ?? {})) ?? summary;
};

export const languageOr = (wanted: string, otherwise: Language): Language =>
  languages.find((language) => language === wanted) ?? otherwise;
