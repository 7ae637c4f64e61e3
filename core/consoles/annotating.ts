import type { Console } from '../console.ts';
import type { Problem } from '../errors.ts';
import { githubAnnotation } from '../github-annotation.ts';

/**
 * A console that says each problem once more, as an annotation for GitHub Actions.
 *
 * @param write Takes one line; must not be standard output, which holds the result of a command.
 * @param pathOf The file of a problem relative to the root of the repository.
 */
export function annotatingConsole(
  inner: Console,
  write: (line: string) => void,
  pathOf: (file: string) => string,
): Console {
  const annotate = (level: 'error' | 'warning', problem: Problem) =>
    write(githubAnnotation(level, problem, problem.file === undefined ? undefined : pathOf(problem.file)));
  return {
    ...inner,
    warn(problem) {
      inner.warn(problem);
      annotate('warning', problem);
    },
    error(problem) {
      inner.error(problem);
      annotate('error', problem);
    },
  };
}
