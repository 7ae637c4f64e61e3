import { setTimeout } from 'node:timers/promises';
import { withTimeLimit } from '../../core/time-limit.ts';

export interface PostOptions {
  /** A secret: nothing that is returned names any part of it. */
  readonly url: string;
  readonly body: object;
  readonly timeoutSeconds: number;
  readonly attempts: number;
  readonly signal: AbortSignal;
  /** Milliseconds before the second attempt; doubles for each one after. */
  readonly waitMs?: number;
}

/**
 * Posts JSON to a webhook. What may pass is tried again: no connection, no answer in time, a busy or broken server. Returns why it was given
 * up, or undefined when the message has arrived; never throws.
 */
export async function postJson(options: PostOptions): Promise<string | undefined> {
  const { attempts, signal, waitMs = 500 } = options;
  if (!URL.canParse(options.url) || !/^https?:/i.test(options.url)) return 'its value is no http or https URL';
  for (let attempt = 1; ; attempt++) {
    const failure = await postOnce(options);
    if (!failure) return undefined;
    if (signal.aborted) return 'cancelled';
    if (!failure.mayPass || attempt >= attempts) return `${failure.why}${attempt > 1 ? `, ${attempt} times` : ''}`;
    await setTimeout(waitMs * 2 ** (attempt - 1), undefined, { signal }).catch(() => undefined);
  }
}

interface Failure {
  readonly why: string;
  readonly mayPass: boolean;
}

async function postOnce({ url, body, timeoutSeconds, signal }: PostOptions): Promise<Failure | undefined> {
  const limit = withTimeLimit(signal, 1000 * timeoutSeconds);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: limit.signal,
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    return {
      why: `the server answered ${response.status}`,
      mayPass: response.status === 429 || response.status >= 500,
    };
  } catch (error) {
    if (limit.signal.aborted) return { why: `no answer within ${timeoutSeconds} s`, mayPass: true };
    // The message of the error would name the host.
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    return { why: `no connection${code === undefined ? '' : ` (${code})`}`, mayPass: true };
  } finally {
    limit.clear();
  }
}
