import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** A separator of lines would be invisible in a reviewed text. */
const visible = (text: string): string =>
  text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Compares what is said of each text of a reviewed file with what is written behind it there. A row begins with its text in quotation marks: a new one may be added. */
export async function expectReviewed(file: URL, said: (text: string) => string): Promise<void> {
  const texts = [...readFileSync(file, 'utf8').matchAll(/^"(?:[^"\\\n]|\\.)*"/gm)].map(([text]) =>
    String(JSON.parse(text)),
  );
  expect(texts.length).toBeGreaterThan(50);
  const rows = texts.map((text) => `${JSON.stringify(text)}  ${said(text)}\n`);
  await expect(visible(rows.join(''))).toMatchFileSnapshot(file.pathname);
}
