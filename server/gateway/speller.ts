import { enginePointer } from '../../runner/engine-pointer.ts';
import { messageOf } from '../../runner/persist.ts';
import { respell } from './respell.ts';
import type { ScriptContext } from './run-script.ts';
import type { Token } from './tokens.ts';

/** Spells the pieces of one script, and knows afterwards where in the script the engine's complaints point. */
export interface Speller {
  spell(tokens: readonly Token[]): string;
  /** The error with the place in the script, as BigQuery writes it: `... at [3:8]`; as it is when the engine names none. */
  located(error: unknown): Error;
}

/** What stands before a piece when it is sent takes so many lines at most. */
const LINES_BEFORE = 3;

/** `variables` has what stands in the place of a variable of the script; it is looked into at each piece, for a script declares as it goes. */
export function makeSpeller(
  script: string,
  { warehouse, dialect, spelling, parameters }: ScriptContext,
  variables: ReadonlyMap<string, string>,
): Speller {
  const how = { engine: warehouse.engine, dialect, spelling, parameters, variables };
  const lines = script.split('\n');
  let pieces: { text: string; line: number }[] = [];
  return {
    spell(tokens) {
      const text = respell(tokens, how);
      pieces = [{ text, line: tokens[0]?.line ?? 1 }, ...pieces.slice(0, 4)];
      return text;
    },
    located(error) {
      // A statement gets a semicolon where several are sent together.
      const message = messageOf(error).replace(/^(LINE \d+: .*);$/m, '$1');
      const number = Number(/^LINE (\d+): /m.exec(message)?.[1]);
      for (const { text, line } of pieces) {
        for (let before = 0; before <= LINES_BEFORE; before++) {
          const pointer = enginePointer(message, '\n'.repeat(before) + text);
          if (pointer?.line !== number - 1) continue;
          const spelt = text.split('\n')[pointer.line - before] ?? '';
          const place = `[${line + pointer.line - before}:${columnIn(lines[line - 1 + pointer.line - before] ?? '', spelt, pointer.column)}]`;
          return new Error(`${pointer.text} at ${place}`, { cause: error });
        }
      }
      return error instanceof Error ? error : new Error(message);
    },
  };
}

/** The 1-based column in the line of the script; there names may be spelt otherwise, and the line may begin with more. */
function columnIn(line: string, spelt: string, column: number): number {
  if (line.endsWith(spelt)) return line.length - spelt.length + column + 1;
  const word = /^\W*\w+/.exec(spelt.slice(column))?.[0] ?? '';
  return Math.max(line.indexOf(word.replace(/^"/, '')), 0) + 1;
}
