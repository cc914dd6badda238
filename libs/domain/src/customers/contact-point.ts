/** A phone as it is dialled from anywhere: `+` and digits, without the spaces and signs people put between them. */
export const dialled = (phone: string): string => phone.replace(/[\s().-]/g, '');

const PHONE = /^\+[1-9]\d{6,14}$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Whether a value can be what its kind says, whatever was said for a kind. */
export const fitsKind = (kind: unknown, value: string): boolean => {
  if (kind === 'phone') return PHONE.test(dialled(value));
  if (kind === 'email') return EMAIL.test(value.trim());
  return value.trim() !== '';
};

/** One spelling for what is the same: phones as dialled, e-mails in lower case. Searching and comparing use it. */
export const normalised = (kind: string, value: string): string => {
  if (kind === 'phone') return dialled(value);
  if (kind === 'email') return value.trim().toLowerCase();
  return value.trim();
};
