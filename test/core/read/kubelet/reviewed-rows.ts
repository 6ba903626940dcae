import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** A separator of lines would be invisible in a reviewed text. */
const visible = (text: string): string =>
  text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Compares what is said of each text of a reviewed file with what is written below it there. A text is a row that begins with a quotation mark: a new one may be added. */
export async function expectReviewed(file: URL, said: (text: string) => string): Promise<void> {
  const rows = readFileSync(file, 'utf8').split('\n');
  const texts = rows.filter((row) => row.startsWith('"')).map((row) => String(JSON.parse(row)));
  expect(texts.length).toBeGreaterThan(50);
  const lines = texts.map((text) => `${JSON.stringify(text)}\n    ${said(text)}\n`);
  await expect(visible(lines.join(''))).toMatchFileSnapshot(file.pathname);
}
