import { IsIn } from 'class-validator';
import { relationshipWords, slices } from '#domain';
import { fill, type Words } from '#kernel';

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];
export const IsLanguage = () => IsIn(languages);

/** Words of what we conclude, beside those of what happens. */
const CONCLUSIONS = 'relationship';

const wordsOf = (category: string): Words | undefined =>
  category === CONCLUSIONS ? relationshipWords : slices.find((slice) => slice.category === category)?.words;

/** The sentence of a summary `<category>.<key>` in that language; the summary itself where nobody has words for it. */
export const phraseOf = (
  summary: string,
  params: Readonly<Record<string, string | number>> | null,
  language: Language,
): string => {
  const dot = summary.indexOf('.');
  const sentence = wordsOf(summary.slice(0, dot))?.[language][summary.slice(dot + 1)];
  return sentence === undefined ? summary : fill(sentence, params ?? {});
};

export const languageOr = (wanted: string, otherwise: Language): Language =>
  languages.find((language) => language === wanted) ?? otherwise;
