import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { startEstate } from '../lab/estate/estate.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path)) ?? '';

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

describe.skipIf(executablePath === '')('the page of the lab’s estate, in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-page-'));
  const file = join(folder, 'report.html');
  const url = pathToFileURL(file).href;
  let browser: Browser;

  beforeAll(async () => {
    const estate = await startEstate();
    try {
      const { accessKeyId, secretAccessKey, sessionToken = '' } = estate.credentials;
      const env = {
        AWS_ENDPOINT_URL: estate.lab.endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      };
      const { stderr } = await runCli(
        [
          'audit',
          '--region',
          estate.region,
          '--every-source',
          '--node-timeout',
          '5s',
          '--format',
          'html',
          '--output',
          file,
        ],
        { env },
      );
      if (!existsSync(file)) throw new Error(stderr);
    } finally {
      await estate.close();
    }
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Opened {
    readonly page: Page;
    /** Console messages, errors, and requests but for the page itself. */
    readonly heard: readonly string[];
  }

  async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<Opened> {
    const page = await browser.newPage(options);
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(String(error)));
    page.on('request', (request) => request.url() === url || heard.push(request.url()));
    await page.goto(url);
    return { page, heard };
  }

  it('opens without a message of the console and without a request', async () => {
    const { page, heard } = await open();
    await page.waitForSelector('form:not([hidden])');
    expect(heard).toEqual([]);
    expect(await page.textContent('h1')).toMatch(/of 6 clusters have kubelets that fail a control/);
    await page.close();
  });

  it('filters by text and by verdict, and shows everything again', async () => {
    const { page } = await open();
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
    await page.close();
  });

  it('is complete without JavaScript', async () => {
    const [withScript, without] = [await open(), await open({ javaScriptEnabled: false })];
    expect(await without.page.locator('[data-standing]').count()).toBe(
      await withScript.page.locator('[data-standing]').count(),
    );
    expect(await without.page.locator('form').isVisible()).toBe(false);
    await Promise.all([withScript.page.close(), without.page.close()]);
  });

  it.each(['light', 'dark'] as const)('has no violation of accessibility in %s', async (colorScheme) => {
    const { page } = await open({ colorScheme });
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setBypassCSP', { enabled: true });
    await page.reload();
    // What is folded counts, too.
    await page.evaluate(() => {
      for (const each of document.querySelectorAll('details')) each.open = true;
    });
    await page.addScriptTag({ content: axe.source });
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await page.close();
  });

  it.each([360, 600, 800, 1_280, 1_600])('needs no sideways scroll at %i pixels', async (width) => {
    const { page } = await open({ viewport: { width, height: 900 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.close();
  });

  it.each(['A4', 'Letter'] as const)('prints on %s, with everything that is folded on the screen', async (format) => {
    const { page } = await open();
    const pdf = (await page.pdf({ format })).toString('latin1');
    const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(5);
    expect(pages).toBeLessThan(40);

    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('form').isVisible()).toBe(false);
    expect(await page.locator('details ul').first().isVisible()).toBe(true);
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('thead') as Element).display)).toBe(
      'table-header-group',
    );
    await page.close();
  });

  it('is small', () => {
    expect(statSync(file).size).toBeLessThan(500_000);
  });
});
