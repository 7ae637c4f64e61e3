import { messageOf } from '../../runner/persist.ts';
import { ResultTooLarge } from './results.ts';

/** An error as the REST interface gives it, in a job and in an answer. */
export interface RestError {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
  readonly domain?: string;
}

/** Thrown by a route, to be answered with this status. */
export class HttpError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** What became of a job, in BigQuery's words where its clients know them, else in the engine's. */
export function jobError(error: unknown, cancelled: boolean): RestError {
  if (cancelled) return { reason: 'stopped', message: 'Job execution was cancelled: User requested cancellation' };
  if (error instanceof ResultTooLarge) return { reason: 'responseTooLarge', message: error.message };
  if (error instanceof HttpError) return { reason: error.reason, message: error.message };
  return { reason: 'invalidQuery', location: 'query', message: messageOf(error) };
}

/** The body of an answer that is an error. */
export const errorBody = (status: number, { reason, message, location }: RestError) => ({
  error: {
    code: status,
    message,
    status: status === 404 ? 'NOT_FOUND' : 'INVALID_ARGUMENT',
    errors: [{ message, domain: 'global', reason, ...(location === undefined ? {} : { location }) }],
  },
});
