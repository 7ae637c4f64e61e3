/** Vitest's global setup: what GitHub Actions sets is for the run of the tests, not for the commands that they start. */
export function setup(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('GITHUB_')) delete process.env[name];
}
