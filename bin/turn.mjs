import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until no other living process has its turn, then takes it. A turn is a file `<number>` that names the processes
 * whose turn it is; it ends when they end it or none of them lives. The next turn is the next number, and its file can
 * be made only once; the last one stays, so that numbers never begin anew.
 * @param {string} folder where turns are kept; made when missing
 * @param {(text: string) => void} say hears once when this has to wait
 * @returns {Promise<{ sharedWith(pid: number): void, end(): void }>} `sharedWith` makes the turn last as long as a child
 */
export const takeTurn = async (folder, say) => {
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `draft-${process.pid}`);
  for (let waiting = false; ; ) {
    const last = lastTurnIn(folder);
    const [owner] = last === 0 ? [] : livingIn(join(folder, `${last}`));
    if (owner === undefined) {
      const mine = join(folder, `${last + 1}`);
      if (claim(draft, mine) && lastTurnIn(folder) === last + 1) return turnAt(folder, last + 1, draft);
      continue;
    }
    if (!waiting) say(`waiting for process ${owner.split(':')[0]}, which is setting up\n`);
    waiting = true;
    await pause(50);
  }
};

const lastTurnIn = (folder) => Math.max(0, ...readdirSync(folder).map(Number).filter(Number.isInteger));

const livingIn = (file) => {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((mark) => mark !== '' && markOf(mark.split(':')[0]) === mark);
  } catch (error) {
    // A later turn has replaced it.
    if (error.code === 'ENOENT') return [];
    throw error;
  }
};

/** A link, unlike a write, appears with its contents, and fails when another one was faster. */
const claim = (draft, mine) => {
  writeFileSync(draft, markOf(process.pid));
  try {
    linkSync(draft, mine);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
};

const turnAt = (folder, number, draft) => {
  const mine = join(folder, `${number}`);
  for (const name of readdirSync(folder)) if (Number(name) < number) rmSync(join(folder, name), { force: true });
  const rewrite = (marks) => {
    writeFileSync(draft, marks.join('\n'));
    renameSync(draft, mine);
  };
  return {
    sharedWith: (pid) => rewrite([markOf(process.pid), markOf(pid)]),
    end: () => rewrite([]),
  };
};

/** Tells a process from a later one with the same number, where the system says when it began; '' when it is gone. */
const markOf = (pid) => {
  try {
    if (process.platform !== 'linux') return process.kill(Number(pid), 0) && `${pid}:`;
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return state === 'Z' ? '' : `${pid}:${fields[18]}`;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(error.code)) return '';
    if (error.code === 'EPERM') return `${pid}:`;
    throw error;
  }
};
