// Preloaded into each process that bench/process-cost.mjs measures: leaves what it used in a file of its own.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

function report() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(
    join(process.env.TIDEMARK_BENCH_METER, `${process.pid}.json`),
    JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }),
  );
}

if (require('node:worker_threads').isMainThread) {
  process.on('exit', report);
  // A child that is killed once it has answered never exits by itself; this is the last that can be known of it.
  if (process.send) {
    const send = process.send.bind(process);
    process.send = (...message) => {
      report();
      return send(...message);
    };
  }
}
