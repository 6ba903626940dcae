import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { explainedWords } from '../../lambda/core/report/terminal/explain-word.ts';
import { anchorsOf } from './links.ts';
import { textOf, wordsIn, writtenPages } from './pages.ts';
import { withWords } from './words-table.ts';

/** What users look for, and the page and heading that answer it. */
const tasks = [
  ['audit one cluster', 'command-line.md', 'which-clusters'],
  ['avoid `nodes/proxy`', 'access.md', 'why-nodesproxy-is-refused-by-security-teams'],
  ['understand exit codes', 'command-line.md', 'exit-codes'],
  ['fail a CI build on findings', 'ci.md', 'after-a-change-of-a-cluster-in-github-actions'],
  ['check Terraform or Karpenter files', 'next-node.md', 'what-is-read'],
  ['audit an account every day', 'deploy.md', '2-the-short-path-one-account'],
  ['audit an organization', 'deploy.md', '3-the-organization'],
  ['read a finding', 'findings.md', 'read-one'],
  ['send alerts to Slack', 'alerts.md', 'slack'],
  ['accept a failure until a date', 'waivers.md', 'what-a-waiver-does'],
  ['silence one cluster', 'waivers.md', 'leave-out-a-whole-cluster'],
  ['fix nodes', 'remediation.md', 'on-the-command-line'],
  ['know the cost and duration', 'cost.md', 'a-daily-run-over-the-whole-organization'],
  ['answer an alarm', 'runbook.md', 'incomplete'],
  ['verify or deploy a release', 'release.md', 'verify-it'],
] as const;

it.each(tasks)('“%s” is two clicks from the README: docs/README.md, then %s at its heading', (task, page, anchor) => {
  expect(textOf('README.md')).toContain('(docs/README.md)');
  const row = textOf('docs/README.md')
    .split('\n')
    .find((line) => line.startsWith(`| ${task} |`));
  expect(row).toContain(`](${page}#${anchor})`);
  expect([...anchorsOf(textOf(`docs/${page}`))]).toContain(anchor);
});

it('the glossary has each word that explain knows, at most 30', () => {
  const page = textOf('docs/glossary.md');
  expect(withWords(page)).toBe(page);
  expect(explainedWords.length).toBeGreaterThan(20);
  expect(explainedWords.length).toBeLessThanOrEqual(30);
});

it('the pages that people write have at most 15,000 words together', () => {
  expect(writtenPages.reduce((sum, page) => sum + wordsIn(textOf(page)), 0)).toBeLessThanOrEqual(15_000);
});

it('the decisions are at most 15 pages with 6,200 words, by subject: history is in git', () => {
  const pages = globSync('docs/decisions/*', { cwd: join(import.meta.dirname, '../..') });
  expect(pages.length).toBeGreaterThan(5);
  expect(pages.length).toBeLessThanOrEqual(15);
  expect(pages.reduce((sum, page) => sum + wordsIn(textOf(page)), 0)).toBeLessThanOrEqual(6_200);
});
