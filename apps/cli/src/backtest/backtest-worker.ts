import { parentPort, workerData } from 'node:worker_threads';
import { judgeFile } from './judge-file.js';
import { type BacktestRequest, type Found, type Progress, type Refusal, Refused } from './request.js';

export type WorkerMessage =
  | { readonly progress: Progress }
  | { readonly found: Found }
  | { readonly refused: Refusal }
  | { readonly failed: string };

const REPORT_EVERY_MS = 50;

async function work(post: (message: WorkerMessage) => void): Promise<void> {
  let reported = 0;
  const found = await judgeFile(workerData as BacktestRequest, (progress) => {
    const now = performance.now();
    if (now - reported < REPORT_EVERY_MS) return;
    reported = now;
    post({ progress });
  });
  post({ found });
}

if (parentPort) {
  const port = parentPort;
  const post = (message: WorkerMessage) => port.postMessage(message);
  work(post).catch((error: unknown) => {
    if (error instanceof Refused) post({ refused: error.refusal });
    else post({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
}
