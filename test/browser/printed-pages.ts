import type { Page } from 'playwright-core';

/** Millimetres. The margins are those of the page's style: 14 above and below, 12 at each side. */
const papers = { A4: [210, 297], Letter: [215.9, 279.4] } as const;
export type Paper = keyof typeof papers;

const pixels = (millimetres: number): number => (millimetres * 96) / 25.4;

/** Pages of the PDF that Chromium prints. */
export async function printedPages(page: Page, format: Paper): Promise<number> {
  const pdf = (await page.pdf({ format })).toString('latin1');
  return pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

interface Expected {
  readonly pages: number;
  /** The tallest thing that is never cut, in parts of a page: above 1 it would be. */
  readonly tallest: number;
  /** Whether something is wider than the paper, which makes Chromium shrink everything. */
  readonly tooWide: boolean;
}

/**
 * How many pages the rules of the style give, by the heights that the page has on this paper:
 * - Rows, paragraphs, items of lists, remedies and pictures are whole.
 * - A heading stays with its section, and a table's head with its first row; it is repeated on each page of the table.
 * - Evidence begins a page.
 */
export async function expectedPages(page: Page, format: Paper): Promise<Expected> {
  const [width, height] = papers[format];
  const [across, down] = [pixels(width - 24), pixels(height - 28)];
  await page.setViewportSize({ width: Math.floor(across), height: Math.floor(down) });
  await page.emulateMedia({ media: 'print' });
  const expected = await page.evaluate(layOut, down);
  await page.emulateMedia({ media: null });
  return expected;
}

/** In the browser. */
function layOut(height: number): Expected {
  const whole = '.product, h1, h2, h3, h4, p, li, tr, dl, summary, .all-nodes, .fix, .chart, .doors';
  const units = [...document.querySelectorAll(whole)].filter(
    (each) => each.checkVisibility() && !each.parentElement?.closest('li, dl, tr, summary, .all-nodes, .fix'),
  );
  const isKeptWithNext = (each: Element) =>
    getComputedStyle(each).breakAfter === 'avoid' || each.parentElement?.localName === 'thead';

  let pages = 1;
  let begin = 0;
  let tallest = 0;
  let first: Element | undefined;
  for (const [index, unit] of units.entries()) {
    first ??= unit;
    if (isKeptWithNext(unit) && index < units.length - 1) continue;

    const top = first.getBoundingClientRect().top + scrollY;
    const bottom = unit.getBoundingClientRect().bottom + scrollY;
    const goesOn = first.localName === 'tr' && first.parentElement?.localName === 'tbody';
    const head = goesOn ? (first.closest('table')?.tHead?.getBoundingClientRect().height ?? 0) : 0;
    tallest = Math.max(tallest, (bottom - top + head) / height);
    if (bottom - begin > height) {
      pages += 1;
      begin = top - head;
    }
    first = undefined;
  }
  return { pages, tallest, tooWide: document.documentElement.scrollWidth > innerWidth };
}
