import htm from 'htm';
import { type ComponentChildren, h, type VNode } from 'preact';
import { printable } from '../../model/text/printable.ts';

/** Longer than any list of this program; one text of a node is bounded long before. */
const longest = 100_000;

/** One printable line, with the blanks around it as they are: the template puts words together. */
const plainText = (text: string): string => text.replace(/[^ ](?:[\s\S]*[^ ])?/, (words) => printable(words, longest));

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

/** A text of several lines, such as a file. */
export function preformatted(text: string): VNode {
  const props: Readonly<Record<string, unknown>> = { class: 'copied' };
  const type: string = 'pre';
  return h(type, props, text.trimEnd().split('\n').map(plainText).join('\n'));
}

// The package's types declare a `default` that its ES module lacks. What is there is a function, bound to the maker of elements as `this`.
const template: unknown = htm;
if (typeof template !== 'function') throw new TypeError('htm is no function');

/** Templates of a page. All text is escaped when it is rendered and made printable here: no characters that move a terminal or reorder text. */
export const html: (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode = template.bind(element);
