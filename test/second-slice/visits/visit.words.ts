import type { Words } from '#kernel';

export const words: Words = {
  en: { visited: 'Came by the {branch} branch' },
  zh: { visited: '到访{branch}门店' },
};
