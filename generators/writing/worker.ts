import { parentPort, workerData } from 'node:worker_threads';
import type { Job } from './job.ts';
import type { FromWorker } from './pool.ts';
import { writeDays } from './write-days.ts';

// The entry of a thread: it does the one job that it was started with.
const tell = (message: FromWorker) => parentPort!.postMessage(message);
const done = await writeDays(workerData as Job, (days) => {
  if (days.length > 0) tell({ days });
});
tell({ done });
