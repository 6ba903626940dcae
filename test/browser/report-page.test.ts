import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import markdownIt from 'markdown-it';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markdownReport } from '../../lambda/core/report/formats/markdown.ts';
import { htmlReport } from '../../lambda/core/report/html/html-report.ts';
import { runCli } from '../cli/run-cli.ts';
import { auditOf, clientCa, failed, judged, node } from '../core/findings/compliant-audit.ts';
import { hostileAudit, hostileNames } from '../core/report/hostile-audit.ts';
import { textOf } from '../core/report/report-text.ts';
import { startEstate } from '../lab/estate/estate.ts';
import { expectedPages, printedPages } from './printed-pages.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path)) ?? '';

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

/** One browser and one page of the report for all of them: each leaves the page as it was. */
describe.skipIf(executablePath === '')('the reports of the lab’s estate, in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-page-'));
  const file = join(folder, 'report.html');
  const url = pathToFileURL(file).href;
  let browser: Browser;
  let page: Page;
  /** Console messages, errors, and requests but for the page itself. */
  const heard: string[] = [];

  beforeAll(async () => {
    const launched = chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    const estate = await startEstate();
    try {
      const { accessKeyId, secretAccessKey, sessionToken = '' } = estate.credentials;
      const env = {
        AWS_ENDPOINT_URL: estate.lab.endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      };
      const asked = ['--region', estate.region, '--every-source', '--owner-tag', 'team', '--node-timeout', '2s'];
      const args = ['audit', ...asked, '--report', folder];
      const { stderr } = await runCli(args, { env });
      if (!existsSync(file)) throw new Error(stderr);
    } finally {
      await estate.close();
    }
    browser = await launched;
    page = await browser.newPage();
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(String(error)));
    page.on('request', (request) => request.url() === url || heard.push(request.url()));
    await page.goto(url);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens without a message of the console and without a request', async () => {
    await page.waitForSelector('form:not([hidden])');
    expect(heard).toEqual([]);
    expect(await page.textContent('h1')).toBe(
      "4 of 43 nodes let strangers in; 4 don't authenticate the API server; 3 probably refuse the API server; " +
        '4 could not be read; 2 are run by AWS; 26 are closed.',
    );
  });

  it('says what to fix first as counted by hand, each row with a link to its result', async () => {
    const rows = page.locator('#first + .scroll tbody tr');
    // By the nodes of test/lab/estate: what lets strangers in first, then by severity and nodes.
    expect(await rows.locator('.tag').allTextContents()).toEqual([
      ...Array.from({ length: 3 }, () => 'strangers get in'),
      ...Array.from({ length: 4 }, () => 'API server not authenticated'),
      ...Array.from({ length: 5 }, () => 'closed'),
    ]);
    expect(await rows.locator('td[data-label="node group"] a').allTextContents()).toEqual([
      'open (managed)',
      'ca-but-open (managed)',
      'refusing (managed)',
      'batch (karpenter)',
      'self-managed (self-managed)',
      'refusing (managed)',
      'sealed-old (managed)',
      'another-ca (managed)',
      'other-ca (managed)',
      'spark (managed)',
      'ca-expires (managed)',
      'ca-gone (managed)',
    ]);
    expect(await rows.locator('td[data-label="nodes"]').allTextContents()).toEqual(
      [2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1].map(String),
    );
    const fixes = await rows.locator('td[data-label="fix"]').allTextContents();
    expect(fixes.slice(0, 7)).toEqual([
      'one NodeConfig in the user datacloses 2',
      'one NodeConfig in the user datacloses 1',
      'one NodeConfig in the user datacloses 1',
      'spec.userData of the EC2NodeClasscloses 1',
      'one drop-in for the kubeletcloses 1',
      'one NodeConfig in the user datacloses 1',
      'one NodeConfig in the user datacloses 1',
    ]);

    for (const link of await page.locator('#first ~ .scroll a[href^="#"], .heat a[href^="#"], nav a').all()) {
      const target = (await link.getAttribute('href')) ?? '';
      expect(await page.locator(`[id="${target.slice(1)}"]`).count(), target).toBe(1);
    }
    await rows.locator('td a').first().click();
    expect(await page.locator(':target').isVisible()).toBe(true);
    expect(await page.locator('details:has(:target)').getAttribute('open')).toBe('');
  });

  it('has at most eight screens before anything is opened, and opens everything for the rest of these tests', async () => {
    const closed = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
    await closed.goto(url);
    expect(await closed.evaluate(() => document.documentElement.scrollHeight / innerHeight)).toBeLessThanOrEqual(8);
    await closed.close();
    await page.evaluate(() => {
      for (const each of document.querySelectorAll('details')) each.open = true;
    });
  });

  it('copies files and commands, and no prose', async () => {
    const texts = await page.locator('.copied').allTextContents();
    expect(texts.length).toBeGreaterThan(5);
    for (const text of texts) expect(text).toMatch(/^(?:eks-kubelet-audit remediate \S+ --region |[^\n]*\n)/);
    expect(texts.some((text) => text.includes('\n    config:\n'))).toBe(true);
  });

  it('filters by text and by verdict, and shows everything again', async () => {
    const visible = () => page.locator('[data-standing]:visible').count();
    const all = await visible();
    expect(all).toBeGreaterThan(5);

    await page.fill('input[type=search]', 'legacy');
    expect(await visible()).toBeLessThan(all);
    expect(await page.locator('section[data-cluster^=vault]:visible').count()).toBe(0);
    expect(await page.locator('section[data-cluster^=legacy]:visible').count()).toBe(1);

    await page.fill('input[type=search]', '');
    await page.uncheck('input[value=fail]');
    expect(await page.locator('[data-standing=fail]:visible').count()).toBe(0);
    await page.check('input[value=fail]');
    expect(await visible()).toBe(all);
  });

  it('filters by severity, owner and node group, in the evidence too, and leaves no empty cluster', async () => {
    const visible = (selector: string) => page.locator(`${selector}:visible`);
    const evidence = '.appendix tr[data-standing]';
    const all = await visible('[data-standing]').count();
    const counts: number[] = [];

    await page.selectOption('select[name=severity]', 'medium');
    counts.push(await visible(evidence).count());
    expect(await visible('[data-severity=high]').count()).toBe(0);
    await page.selectOption('select[name=severity]', '');

    await page.selectOption('select[name=owner]', { label: '“search”' });
    counts.push(await visible(evidence).count());
    expect(await visible('section[data-cluster]').count()).toBe(1);
    const owners = await visible('.result td[data-label="node group"] .quiet').allTextContents();
    expect(new Set(owners)).toEqual(new Set(['owner “search”']));
    expect(await visible(evidence).locator('th').allTextContents()).not.toContain(expect.stringContaining('no-ca'));
    await page.selectOption('select[name=owner]', { label: 'no owner' });
    expect(await visible('.result td[data-label="node group"] .quiet').count()).toBe(0);
    await page.selectOption('select[name=owner]', '');

    await page.selectOption('select[name=group]', { label: 'open (managed)' });
    counts.push(await visible(evidence).count());
    expect(new Set(await visible('.result td[data-label="node group"]').allTextContents()).size).toBe(2);
    await page.selectOption('select[name=group]', '');

    expect(await visible('[data-standing]').count()).toBe(all);
    const whole = await visible(evidence).count();
    for (const count of counts) expect([count > 0, count < whole]).toEqual([true, true]);
  });

  it('sorts a table by the column that is clicked, and turns its order at the next click', async () => {
    const owners = page.locator('table:has-text("owner, by tag")');
    const column = () => owners.locator('tbody tr td:nth-child(2)').allTextContents();
    const click = () => owners.locator('thead th:nth-child(2) button').click();

    await click();
    const numbers = (await column()).map(Number);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect(await owners.locator('[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await click();
    expect((await column()).map(Number)).toEqual(numbers.toReversed());
    expect(new Set(numbers).size).toBeGreaterThan(1);
  });

  it('is complete without JavaScript', async () => {
    const without = await browser.newPage({ javaScriptEnabled: false });
    await without.goto(url);
    expect(await without.locator('[data-standing]').count()).toBe(await page.locator('[data-standing]').count());
    expect(await without.locator('form').isVisible()).toBe(false);
    await without.close();
  });

  it.each([360, 600, 800, 1_280, 1_600])('needs no sideways scroll at %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it.each(['A4', 'Letter'] as const)('prints on at most 12 pages of %s, without what passes', async (format) => {
    const { pages, tallest, tooWide } = await expectedPages(page, format);
    expect({ tooWide, isCut: tallest > 1 }).toEqual({ tooWide: false, isCut: false });
    const printed = await printedPages(page, format);
    expect(printed).toBeLessThanOrEqual(12);
    expect(printed).toBe(pages);

    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('form').isVisible()).toBe(false);
    expect(await page.locator('[data-cluster] details:not(.result, .kept)').first().isVisible()).toBe(false);
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('thead') as Element).display)).toBe(
      'table-header-group',
    );
    await page.emulateMedia({ media: null });
  });

  it.each(['light', 'dark'] as const)('has no violation of accessibility in %s', async (colorScheme) => {
    if (colorScheme === 'light') {
      const session = await page.context().newCDPSession(page);
      await session.send('Page.setBypassCSP', { enabled: true });
      await page.reload();
      // What is folded counts, too.
      await page.evaluate(() => {
        for (const each of document.querySelectorAll('details')) each.open = true;
      });
      await page.addScriptTag({ content: axe.source });
    }
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  });

  it.each([
    [1, 'A4'],
    [60, 'Letter'],
    [60, 'A4'],
  ] as const)('prints a cluster of %i failing node groups on %s as its rules say', async (groups, format) => {
    const nodes = Array.from({ length: groups }, (_, index) =>
      judged(node(index + 1, { group: { kind: 'managed', name: `workers-${index}` } }), failed),
    );
    const report = htmlReport({ controls: [clientCa], benchmark: 'cis-eks-1.8.0', version: '1.0.0' });
    const printed = await browser.newPage();
    await printed.setContent(textOf(report, { clusters: [auditOf(nodes)] }));
    const { pages, tallest } = await expectedPages(printed, format);
    expect(tallest).toBeLessThan(1);
    expect(await printedPages(printed, format)).toBe(pages);
    // Three rows a node group: of the table of node groups, of the failing nodes, and of the evidence.
    expect(pages).toBeGreaterThan(groups / 20);
    await printed.close();
  });

  it('is small', () => {
    expect(statSync(file).size).toBeLessThan(500_000);
  });

  // As GitHub renders it: tables, and HTML in the text is not escaped for it.
  const markdown = markdownIt({ html: true, linkify: true });
  async function rendered(text: string): Promise<{ readonly tags: readonly string[]; readonly text: string }> {
    await page.goto('about:blank');
    await page.setContent(markdown.render(text));
    return await page.evaluate(() => ({
      tags: [...new Set([...document.body.querySelectorAll('*')].map(({ localName }) => localName))].toSorted(),
      text: document.body.textContent,
    }));
  }

  const markdownTags = [
    'code',
    'h2',
    'h3',
    'h4',
    'li',
    'p',
    'pre',
    'strong',
    'table',
    'tbody',
    'td',
    'th',
    'thead',
    'tr',
    'ul',
  ];

  it('has Markdown that renders to headings and tables with as many cells in each row', async () => {
    const { tags } = await rendered(readFileSync(join(folder, 'report.md'), 'utf8'));
    expect(tags).toEqual(markdownTags);
    const ragged = await page.evaluate(
      () =>
        [...document.querySelectorAll('table')].filter(
          ({ rows }) => new Set([...rows].map(({ cells }) => cells.length)).size !== 1,
        ).length,
    );
    expect(ragged).toBe(0);
  });

  it('has Markdown in which hostile names show as they are, and are nothing else', async () => {
    const { tags, text: shown } = await rendered(
      textOf(markdownReport({ controls: [clientCa], benchmark: 'cis-eks-1.8.0' }), { clusters: [hostileAudit()] }),
    );
    expect(tags).toEqual(markdownTags);
    // What keeps GitHub from making a link of an address is seen by nobody.
    const text = shown.replaceAll('\u200b', '');
    for (const name of ['script', 'formula', 'cells', 'code', 'closing'] as const)
      expect(text).toContain(hostileNames[name]);
  });
});
