import { Presets, SingleBar } from 'cli-progress';

/** How far something is, from 0 to 1, and what to say about it. */
export type Display = Readonly<{ show: (share: number, line: string) => void; end: () => void }>;

const LINE_EVERY_MS = 3_000;

/** A bar where somebody watches, a line every few seconds where it goes into a file. */
export const displayOn = (out: NodeJS.WriteStream): Display =>
  out.isTTY ? bar(out) : lines((text) => out.write(`${text}\n`));

const bar = (stream: NodeJS.WriteStream): Display => {
  const shown = new SingleBar({ stream, format: '{bar} {line}', hideCursor: true }, Presets.shades_classic);
  shown.start(1, 0, { line: '' });
  return { show: (share, line) => shown.update(share, { line }), end: () => shown.stop() };
};

const lines = (say: (text: string) => void): Display => {
  let saidAt = performance.now();
  return {
    show: (_, line) => {
      if (performance.now() - saidAt < LINE_EVERY_MS) return;
      saidAt = performance.now();
      say(line);
    },
    end: () => undefined,
  };
};
