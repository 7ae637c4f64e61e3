import { HttpError } from './rest-error.ts';

/** A request that carries a description and a file. */
export interface Upload {
  readonly metadata: unknown;
  readonly data: Buffer;
}

/**
 * Reads `multipart/related` of two parts, JSON and a file, as the Node client of BigQuery sends a load job.
 *
 * @throws {HttpError} 400 for anything else.
 */
export function readUpload(contentType: string | undefined, body: Buffer): Upload {
  const [, quoted, plain] = /^multipart\/related\b.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined)
    throw new HttpError(400, 'invalid', 'The gateway takes uploads as multipart/related, in one request.');
  const line = Buffer.from(`--${boundary}\r\n`);
  const first = body.indexOf(line);
  const second = first < 0 ? -1 : body.indexOf(line, first + line.length);
  // From behind: what the file holds is not looked through.
  const end = body.lastIndexOf(`\r\n--${boundary}--`);
  if (second < 0 || end < second) throw new HttpError(400, 'invalid', 'The upload is not whole.');
  try {
    const metadata: unknown = JSON.parse(content(body.subarray(first + line.length, second)).toString('utf8'));
    return { metadata, data: content(body.subarray(second + line.length, end)) };
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, 'parseError', 'The first part of the upload is no JSON.');
  }
}

/** A part without its headers. */
function content(part: Buffer): Buffer {
  const blank = part.indexOf('\r\n\r\n');
  if (blank < 0) throw new HttpError(400, 'invalid', 'A part of the upload has no headers.');
  return part.subarray(blank + 4);
}
