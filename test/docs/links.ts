import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import MarkdownIt from 'markdown-it';

const markdown = new MarkdownIt({ html: true });
type Token = ReturnType<typeof markdown.parse>[number];

export interface Pages {
  readonly root: string;
  readonly textOf: (page: string) => string;
}

/** The links and pictures of a page that lead to no file, or to no heading of it. Addresses of the web are left alone. */
export function brokenLinks(page: string, { root, textOf }: Pages): readonly string[] {
  const tokens = markdown.parse(textOf(page), {});
  return targetsOf(tokens).flatMap((target) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', anchor] = decodeURI(target).split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    if (path !== '' && !existsSync(join(root, file))) return [`${page} → ${target}: no such file`];
    const isHeading = !file.endsWith('.md') || anchor === undefined || anchorsOf(textOf(file)).has(anchor);
    return isHeading ? [] : [`${page} → ${target}: no such heading`];
  });
}

function targetsOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token) => [
    ...['href', 'src'].flatMap((name) => String(token.attrGet(name) ?? '') || []),
    ...(/^html_/.test(token.type) ? inHtml(token.content) : []),
    ...targetsOf(token.children ?? []),
  ]);
}

const inHtml = (html: string): readonly string[] =>
  Array.from(html.matchAll(/\b(?:href|src|srcset)="([^"]+)"/g), ([, target = '']) => target);

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const tokens = markdown.parse(text, {});
  const anchors = new Set(Array.from(text.matchAll(/<a (?:id|name)="([^"]+)"/g), ([, id = '']) => id));
  for (const [index, { type }] of tokens.entries()) {
    if (type !== 'heading_open') continue;
    const words = (tokens[index + 1]?.children ?? []).map(({ content }) => content).join('');
    const anchor = words
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    const same = Array.from({ length: 99 }, (_, at) => (at === 0 ? anchor : `${anchor}-${at}`));
    anchors.add(same.find((each) => !anchors.has(each)) ?? anchor);
  }
  return anchors;
}
