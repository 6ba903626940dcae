import htm from 'htm';
import { type ComponentChild, h, type VNode } from 'preact';
import { printable } from '../../text/printable.ts';

/** Longer than any list of ours; one text of a node is bounded long before. */
const longest = 100_000;

/** One printable line, with the blanks around it as they are: the template puts words together. */
function plainText(text: string): string {
  const [, before = '', words = '', after = ''] = /^( *)([\s\S]*?)( *)$/.exec(text) ?? [];
  return `${before}${printable(words, longest)}${after}`;
}

const plainChild = (child: unknown): unknown => {
  if (typeof child === 'string') return plainText(child);
  return Array.isArray(child) ? child.map(plainChild) : child;
};

/** The package's types speak of a `default` that its ES module has not. */
const { bind } = htm as unknown as {
  readonly bind: (create: typeof element) => (strings: TemplateStringsArray, ...values: unknown[]) => VNode;
};

const element = (
  type: string,
  props: Readonly<Record<string, unknown>> | null,
  ...children: readonly unknown[]
): VNode =>
  h(
    type,
    Object.fromEntries(Object.entries(props ?? {}).map(([name, value]) => [name, plainChild(value)])),
    ...(children.map(plainChild) as ComponentChild[]),
  );

/**
 * Templates of a page. Text is escaped when it is rendered, whoever wrote it, and made printable here: no characters that move a terminal or reorder text.
 */
export const html = bind.call(htm, element);
