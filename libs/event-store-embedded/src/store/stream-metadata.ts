/** The parts of a stream's metadata that change what readers see. Counts and revisions are plain numbers, ages milliseconds. */
export type StreamMetadata = Readonly<{
  maxCount: number | undefined;
  maxAgeMs: number | undefined;
  truncateBefore: number;
  /** Everything is hidden and the stream reads as not found, until something is appended. */
  softDeleted: boolean;
}>;

export const NO_METADATA: StreamMetadata = {
  maxCount: undefined,
  maxAgeMs: undefined,
  truncateBefore: 0,
  softDeleted: false,
};

const METASTREAM = '$$';
export const METADATA_TYPE = '$metadata';
export const SOFT_DELETE = Buffer.from('{"$tb":9223372036854775807}');

export const isMetastream = (stream: string): boolean => stream.startsWith(METASTREAM);
export const metastreamOf = (stream: string): string => METASTREAM + stream;
export const originalOf = (metastream: string): string => metastream.slice(METASTREAM.length);

/**
 * What metadata says. Where it is no JSON object, or one of the database's own fields holds what it must not, it says nothing
 * at all, whatever stands beside it. Limits that are not positive limit nothing.
 */
export const parseMetadata = (json: Uint8Array): StreamMetadata => {
  const text = Buffer.from(json).toString('utf8');
  const fields = parsedObject(text);
  if (!fields || !isUnderstood(fields, text)) return NO_METADATA;
  const maxAge = positive(fields.$maxAge);
  const truncateBefore = positive(fields.$tb) ?? 0;
  return {
    maxCount: positive(fields.$maxCount),
    maxAgeMs: maxAge && maxAge * 1000,
    truncateBefore,
    softDeleted: truncateBefore >= BEYOND_EVERY_REVISION,
  };
};

const BEYOND_EVERY_REVISION = 2 ** 63;
const LARGEST = /:\s*9223372036854775807\s*[,}]/;
/** Seconds that still fit into the database's spans of time. */
const LONGEST = 922_337_203_685;
const ROLES = ['$r', '$w', '$d', '$mr', '$mw'];

/** JSON numbers lose their last digits here: of what is too large for 64 bits, only the largest revision itself is a number there. */
const isUnderstood = (fields: Record<string, unknown>, text: string): boolean => {
  const isNumber = (name: string, most: number) =>
    !(name in fields) ||
    (Number.isInteger(fields[name]) &&
      ((fields[name] as number) < most || (most === BEYOND_EVERY_REVISION && LARGEST.test(text))));
  return (
    isNumber('$tb', BEYOND_EVERY_REVISION) &&
    isNumber('$maxCount', BEYOND_EVERY_REVISION) &&
    isNumber('$maxAge', LONGEST) &&
    isNumber('$cacheControl', LONGEST) &&
    (!('$acl' in fields) || isAcl(fields.$acl))
  );
};

const isAcl = (acl: unknown): boolean =>
  isObject(acl) &&
  ROLES.every((name) => !(name in acl) || isText(acl[name]) || (Array.isArray(acl[name]) && acl[name].every(isText)));

const isText = (value: unknown): boolean => typeof value === 'string';

/** The same metadata with another `$tb`; undefined when it is no JSON object. */
export const withTruncateBefore = (json: Uint8Array, truncateBefore: number): Buffer | undefined => {
  const fields = parsedObject(Buffer.from(json).toString('utf8'));
  return fields && Buffer.from(JSON.stringify({ ...fields, $tb: truncateBefore }));
};

const parsedObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
