import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { normalised } from '#domain';

/**
 * One spelling for what is the same: phones in E.164, e-mails in lower case, anything else without regard to case, width
 * and blanks. A phone without a country code is read as one of `region` (`CN`); one that is none stays as it is dialled.
 */
export const spelling = (kind: string, value: string, region?: CountryCode): string => {
  if (kind === 'phone') return parsePhoneNumberFromString(value, region)?.number ?? normalised(kind, value);
  const told = value.normalize('NFKC').trim();
  return (kind === 'email' ? told : told.replace(/\s+/g, ' ')).toLowerCase();
};
