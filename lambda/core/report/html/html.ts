import htm from 'htm';
import { type ComponentChildren, h, type VNode } from 'preact';
import { printable } from '../../model/text/printable.ts';

/** Longer than any list of ours; one text of a node is bounded long before. */
const longest = 100_000;

/** One printable line, with the blanks around it as they are: the template puts words together. */
function plainText(text: string): string {
  const [, before = '', words = '', after = ''] = /^( *)([\s\S]*?)( *)$/.exec(text) ?? [];
  return `${before}${printable(words, longest)}${after}`;
}

const plainChild = (child: ComponentChildren): ComponentChildren => {
  if (typeof child === 'string') return plainText(child);
  return Array.isArray(child) ? child.map(plainChild) : child;
};

const plainProp = (value: unknown): unknown => (typeof value === 'string' ? plainText(value) : value);

const element = (
  type: string,
  props: Readonly<Record<string, unknown>> | null,
  ...children: readonly ComponentChildren[]
): VNode =>
  h(
    type,
    Object.fromEntries(Object.entries(props ?? {}).map(([name, value]) => [name, plainProp(value)])),
    ...children.map(plainChild),
  );

// The package's types speak of a `default` that its ES module has not: what is there is a function, to which the maker of elements is bound as `this`.
const template: unknown = htm;
if (typeof template !== 'function') throw new TypeError('htm is no function');

/**
 * Templates of a page. Text is escaped when it is rendered, whoever wrote it, and made printable here: no characters that move a terminal or reorder text.
 */
export const html: (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode = template.bind(element);
