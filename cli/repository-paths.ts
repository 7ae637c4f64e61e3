import { pathInRepository, repositoryRoot } from '../core/repository.ts';

/** How the repository names the files of a project, as GitHub and GitLab want it. */
export function pathsOf(
  projectDir: string,
  environment: (name: string) => string | undefined,
): (file: string) => string {
  // A checkout without git has no folder .git.
  const root = repositoryRoot(projectDir) ?? environment('GITHUB_WORKSPACE') ?? projectDir;
  return (file) => pathInRepository(root, projectDir, file);
}
