import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import MarkdownIt from 'markdown-it';
import { type Browser, chromium } from 'playwright-core';
import { scriptArguments } from '../../../packaging/script-arguments.ts';
import { architecturePicture } from './architecture-picture.ts';
import { columns, firstScreen, hashes, hashOf, withPicturedRun } from './pictured-run.ts';
import { type Theme, terminalPicture } from './terminal-picture.ts';

// `npm run pictures`: the README's pictures. The terminal and the report are a real run of the program against the lab; the report needs Chromium.
// `npm run pictures -- FOLDER` also writes there what a person looks at before a release. These are the terminal at 80 and 120 columns, the whole report in
// each theme, on a phone and on paper, the README and the mails.
const [views] = scriptArguments('npm run pictures -- [FOLDER]', { words: 'any' }).positionals;
const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'docs/pictures');
const themes: readonly Theme[] = ['light', 'dark'];
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

for (const theme of themes) writeFileSync(join(folder, `architecture-${theme}.svg`), architecturePicture(theme));

await withPicturedRun(async ({ terminal, page }) => {
  const text = await terminal(columns);
  for (const theme of themes)
    writeFileSync(join(folder, `terminal-${theme}.svg`), terminalPicture(text, { theme, columns }));
  if (views !== undefined) {
    mkdirSync(views, { recursive: true });
    for (const width of [80, 120])
      writeFileSync(
        join(views, `terminal-${width}.svg`),
        terminalPicture(await terminal(width), { theme: 'light', columns: width }),
      );
  }
  if (executablePath === undefined) {
    process.stderr.write('no Chromium is installed: the pictures of the report stay as they are\n');
    return;
  }
  await photograph(pathToFileURL(page).href, executablePath);
  const pictures = themes.map((theme) => `report-${theme}.png`);
  const made = Object.fromEntries(pictures.map((name) => [name, hashOf(readFileSync(join(folder, name)))]));
  const firstScreenOfReport = hashOf(firstScreen(readFileSync(page, 'utf8')));
  writeFileSync(join(root, hashes), `${JSON.stringify({ firstScreenOfReport, ...made }, undefined, 2)}\n`);
});

/** The first screen of the report, in each theme. */
async function photograph(url: string, chromiumPath: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    for (const colorScheme of themes) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 1_280, height: 1_200 } });
      await page.goto(url);
      await page.screenshot({ path: join(folder, `report-${colorScheme}.png`) });
      if (views !== undefined)
        await page.screenshot({ path: join(views, `report-${colorScheme}.png`), fullPage: true });
    }
    if (views !== undefined) await photographViews(browser, { report: url, into: views });
  } finally {
    await browser.close();
  }
}

interface Views {
  readonly report: string;
  readonly into: string;
}

async function photographViews(browser: Browser, { report, into }: Views): Promise<void> {
  const phone = await browser.newPage({ viewport: { width: 360, height: 740 } });
  await phone.goto(report);
  await phone.screenshot({ path: join(into, 'report-360.png') });
  const paper = await browser.newPage();
  await paper.goto(report);
  await paper.pdf({ path: join(into, 'report.pdf'), format: 'A4' });

  const markdown = new MarkdownIt({ html: true });
  for (const [name, source] of [
    ['readme', 'README.md'],
    ['mails', 'docs/alerts.md'],
  ] as const) {
    const file = join(root, `.${name}.html`);
    writeFileSync(
      file,
      `<body style="font: 16px sans-serif; max-width: 60rem">${markdown.render(readFileSync(join(root, source), 'utf8'))}`,
    );
    const page = await browser.newPage({ viewport: { width: 1_000, height: 1_200 } });
    await page.goto(pathToFileURL(file).href);
    await page.screenshot({ path: join(into, `${name}.png`), fullPage: true });
    rmSync(file);
  }
}
