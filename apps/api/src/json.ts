/** For `JSON.stringify`: 64-bit numbers leave as text, because JSON's numbers would lose their last digits. */
export const bigintsAsText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
