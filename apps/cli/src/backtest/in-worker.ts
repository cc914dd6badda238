import { Worker } from 'node:worker_threads';
import type { WorkerMessage } from './backtest-worker.js';
import { type BacktestRequest, type Found, type Progress, Refused } from './request.js';

export class Cancelled extends Error {}

export interface WorkerOptions {
  readonly watch: (progress: Progress) => void;
  /** Ends the work at once; the promise rejects with {@link Cancelled}. */
  readonly signal?: AbortSignal;
  readonly script: URL | string;
}

/** Runs a backtest in a thread of its own, so that Ctrl-C and the progress bar answer while it fits. */
export async function backtestInWorker(request: BacktestRequest, options: WorkerOptions): Promise<Found> {
  const { watch, signal, script } = options;
  const worker = new Worker(script, { workerData: request });
  const found = new Promise<Found>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if ('progress' in message) watch(message.progress);
      else if ('found' in message) resolve(message.found);
      else reject('refused' in message ? new Refused(message.refused) : new Error(message.failed));
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Cancelled('the worker ended without an answer')));
    const stop = () => reject(new Cancelled('cancelled'));
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
  try {
    return await found;
  } finally {
    await worker.terminate();
  }
}
