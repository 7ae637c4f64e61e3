import type { Project } from '../support/project.ts';

/** A raw event as the contract of the synthetic data set wants it. */
export interface RawEvent {
  readonly user: string;
  readonly at: string;
  /** When it arrived; default: when it happened. */
  readonly received?: string;
  readonly type?: string;
  readonly session?: string;
  readonly value?: number;
}

/** Writes raw files by hand, so that a test can say what each row of a model must be. The world has no source but these. */
export function writeWorld(
  project: Project,
  {
    billing = [],
    events = [],
    users = [],
  }: { billing?: readonly string[]; events?: readonly RawEvent[]; users?: readonly object[] },
): void {
  project.edit('configs/datasets/synthetic/dataset.yaml', /^optional_sources:\n(?: {2}- .*\n)+/m, '');
  project.write(
    'data/raw/synthetic/billing/all.csv',
    ['billing_date,user_id,event,plan_id', ...billing, ''].join('\n'),
  );
  const lines = events.map(
    ({ user, at, received = at, type = 'page_view', session = `${user}-${at.slice(0, 10)}`, value }, i) =>
      JSON.stringify({
        event_id: `e${i}`,
        event_ts: at,
        received_ts: received,
        user_id: user,
        session_id: session,
        device_id: 'd',
        event_type: type,
        props: { channel: 'web', country: 'DE', ...(value === undefined ? {} : { duration_ms: value }) },
      }),
  );
  project.write('data/raw/synthetic/events/all.jsonl', `${lines.join('\n')}\n`);
  project.write('data/raw/synthetic/users/all.jsonl', `${users.map((user) => JSON.stringify(user)).join('\n')}\n`);
}

/** Loads and runs; throws with what the command said when it did not end well. */
export async function loadAndRun(project: Project): Promise<void> {
  for (const args of [['load'], ['run']]) {
    const { code, stderr } = await project.tidemark(...args);
    if (code !== 0) throw new Error(`tidemark ${args.join(' ')} ended with ${code}\n${stderr}`);
  }
}
