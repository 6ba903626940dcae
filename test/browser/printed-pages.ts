import type { Page } from 'playwright-core';

/** Pixels of the papers as the browser's driver cuts them, in inches: its A4 is 0.7 pixels longer than that of ISO 216. */
const papers = { A4: [8.27 * 96, 11.7 * 96], Letter: [8.5 * 96, 11 * 96] } as const;
export type Paper = keyof typeof papers;

/** The margins of the page's style: 12 mm at each side, 14 mm above and below. What is left of the height is rounded up to whole pixels. */
const margins = [(2 * 12 * 96) / 25.4, (2 * 14 * 96) / 25.4] as const;

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
 */
export async function expectedPages(page: Page, format: Paper): Promise<Expected> {
  const [across, down] = [papers[format][0] - margins[0], papers[format][1] - margins[1]];
  await page.setViewportSize({ width: Math.ceil(across), height: Math.ceil(down) });
  await page.emulateMedia({ media: 'print' });
  const expected = await page.evaluate(layOut, [across, Math.ceil(down)] as const);
  await page.emulateMedia({ media: null });
  return expected;
}

/** In the browser. */
function layOut([width, height]: readonly [number, number]): Expected {
  // A viewport has whole pixels, and a line breaks elsewhere on a paper that is a part of one narrower.
  document.body.style.width = `${width}px`;
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
  const tooWide = document.body.scrollWidth > Math.ceil(width);
  document.body.style.width = '';
  return { pages, tallest, tooWide };
}
