import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../core/files.ts';
import type { QualityReport } from '../core/quality-report.ts';
import { html, markup, render } from './html.ts';
import { time } from './pages/parts.ts';
import { qualityMain } from './pages/quality.ts';

/** A quality report as one page that needs no other file, so that it can be kept by a build or sent by mail. */
export function qualityDocument(report: QualityReport): string {
  const style = readFileSync(join(packageRoot(), 'site', 'assets', 'site.css'), 'utf8');
  return render(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Quality of batch ${report.batchId} · ${report.dataset}</title>
<style>
${markup(style)}</style>
</head>
<body>
<main id="main">
${qualityMain(report, () => undefined)}
</main>
<footer>Made by Tidemark, ${time(report.reportedAt)}. <a href="quality_report.json">quality_report.json</a> holds the same for programs.</footer>
</body>
</html>
`);
}
