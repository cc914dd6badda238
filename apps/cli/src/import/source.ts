import { open } from 'node:fs/promises';
import { ImportProblem } from './words.js';

/** Bytes of a file that can be read. Throws `ImportProblem`. */
export const sizeOf = async (file: string): Promise<number> => {
  try {
    const handle = await open(file);
    const stat = await handle.stat().finally(() => handle.close());
    if (stat.isDirectory()) throw new ImportProblem('file-is-folder', { file });
    if (stat.size === 0) throw new ImportProblem('file-empty', { file });
    return stat.size;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ImportProblem('file-missing', { file });
    if (error instanceof ImportProblem) throw error;
    throw new ImportProblem('file-unreadable', { file, reason: (error as Error).message });
  }
};

/** Passes the bytes on as they are, as long as they are UTF-8. Throws `ImportProblem`. */
export const inUtf8 = async function* (file: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let byte = 0;
  for await (const chunk of chunks) {
    if (byte === 0 && isUtf16(chunk)) throw new ImportProblem('utf-16', { file });
    assertDecodes(() => decoder.decode(chunk, { stream: true }), file, byte);
    byte += chunk.length;
    yield chunk;
  }
  assertDecodes(() => decoder.decode(), file, byte);
};

const isUtf16 = ([first, second]: Buffer) => (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

const assertDecodes = (decode: () => string, file: string, byte: number) => {
  try {
    decode();
  } catch {
    throw new ImportProblem('not-utf-8', { file, byte });
  }
};
