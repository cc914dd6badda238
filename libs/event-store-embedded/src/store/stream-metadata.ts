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

/** What metadata that is no JSON object says: nothing. Limits that are not positive limit nothing. */
export const parseMetadata = (json: Uint8Array): StreamMetadata => {
  const fields = parsedObject(json);
  if (!fields) return NO_METADATA;
  const truncateBefore = positive(fields.$tb) ?? 0;
  const maxAge = positive(fields.$maxAge);
  return {
    maxCount: positive(fields.$maxCount),
    maxAgeMs: maxAge && maxAge * 1000,
    truncateBefore,
    softDeleted: truncateBefore >= 2 ** 63,
  };
};

/** The same metadata with another `$tb`; undefined when it is no JSON object. */
export const withTruncateBefore = (json: Uint8Array, truncateBefore: number): Buffer | undefined => {
  const fields = parsedObject(json);
  return fields && Buffer.from(JSON.stringify({ ...fields, $tb: truncateBefore }));
};

const parsedObject = (json: Uint8Array): Record<string, unknown> | undefined => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(json).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
