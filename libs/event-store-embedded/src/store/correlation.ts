/** The `$correlationId` of an event's metadata; undefined where there is none or the metadata is no JSON object. */
export const correlationIn = (metadata: Uint8Array): string | undefined => {
  try {
    const parsed = JSON.parse(Buffer.from(metadata).toString('utf8')) as Record<string, unknown> | null;
    const id = parsed?.$correlationId;
    return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
  } catch {
    return undefined;
  }
};
