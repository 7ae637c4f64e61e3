// Preloaded into each process that bench/process-cost.mjs measures: leaves what it used in a file of its own.
const { ChildProcess } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const report = (pid, cpu, megabytes) =>
  writeFileSync(join(process.env.TIDEMARK_BENCH_METER, `${pid}.json`), JSON.stringify({ cpu, megabytes }));

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  report(process.pid, (userCPUTime + systemCPUTime) / 1e6, maxRSS / 1024);
});

// The stock CLI kills its worker as soon as it has answered, so the worker never gets to its exit. Linux tells what it used until then;
// elsewhere it is not counted.
const { kill } = ChildProcess.prototype;
ChildProcess.prototype.kill = function (...signal) {
  if (process.platform === 'linux' && this.pid) {
    const of = (name) => readFileSync(`/proc/${this.pid}/${name}`, 'utf8');
    // After the name, which may hold spaces: user and system time, in hundredths of a second, are the fields 14 and 15.
    const [user, system] = of('stat').split(') ')[1].split(' ').slice(11, 13).map(Number);
    report(this.pid, (user + system) / 100, Number(of('status').match(/VmHWM:\s+(\d+)/)[1]) / 1024);
  }
  return kill.apply(this, signal);
};
