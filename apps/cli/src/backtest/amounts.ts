const BRACKETED = /^\((.*)\)$/;
const DECIMAL_COMMA = /^-?[\d.]*,\d{1,2}$/;

/** Reads an amount with its signs, currency marks and thousands; NaN where there is none. Brackets are negative. */
export function parseAmount(text: string | undefined): number {
  const bare = (text ?? '').replace(/[^\d.,()-]/g, '');
  const [, inside] = BRACKETED.exec(bare) ?? [];
  if (inside !== undefined) return -parseAmount(inside);
  const plain = DECIMAL_COMMA.test(bare) ? bare.replaceAll('.', '').replace(',', '.') : bare.replaceAll(',', '');
  return plain === '' ? Number.NaN : Number(plain);
}

/** Whether a cell says that its purchase was cancelled. */
export const saysCancelled = (text: string | undefined): boolean =>
  /^(1|true|yes|y|c|cancell?ed|canceled|是)$/i.test(text ?? '');
