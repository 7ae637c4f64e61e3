import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lineBlocks } from '../../ingest/line-blocks.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-blocks-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function blocks(text: string, ...[start, size]: [number?, number?]): Promise<string[]> {
  const file = join(dir, 'a.jsonl');
  writeFileSync(file, text);
  const found: string[] = [];
  for await (const block of lineBlocks(file, start, size)) found.push(block.toString());
  return found;
}

test('the blocks are the file, and each but the last ends with a line', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '\r'), maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 12 }),
      fc.boolean(),
      fc.nat({ max: 12 }),
      fc.integer({ min: 1, max: 40 }),
      async (lines, isEnded, before, size) => {
        const text = lines.join('\n') + (isEnded ? '\n' : '');
        const start = Buffer.byteLength(lines.slice(0, before).join('\n'));
        const found = await blocks(text, start, size);
        expect(found.join('')).toBe(Buffer.from(text).subarray(start).toString());
        expect(found.slice(0, -1).filter((block) => !block.endsWith('\n'))).toEqual([]);
        expect(found).not.toContain('');
      },
    ),
  );
});

test('a line that is longer than a block makes it larger, until the line is too long for anybody', async () => {
  const long = `${'x'.repeat(1_500_000)}\n`;
  expect((await blocks(`a\n${long}b\n${long}`)).map((block) => block.length)).toEqual([2, 1_500_003, 1_500_001]);
  const endless = await blocks(`a\n${'x'.repeat(5_000_000)}`);
  expect(endless.map((block) => block.length)).toEqual([2, 1_950_000, 1_950_000, 1_100_000]);
});
