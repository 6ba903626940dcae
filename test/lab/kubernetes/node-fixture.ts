import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from './node-object.ts';

const folder = join(import.meta.dirname, '../../fixtures/nodes');

/** A Node object of `test/fixtures/nodes`, as a node of the lab; `changed` words are replaced wherever they stand (another name, another instance). */
export function nodeFixture(file: string, changed: Readonly<Record<string, string>> = {}): Omit<LabNode, 'kubelet'> {
  const text = Object.entries(changed).reduce(
    (before, [from, to]) => before.replaceAll(from, to),
    readFileSync(join(folder, `${file}.json`), 'utf8'),
  );
  const object: FixtureNode & Record<string, unknown> = JSON.parse(text);
  const [internal] = object.status.addresses;

  return { name: object.metadata.name, object, ...(internal && { address: internal.address }) };
}

interface FixtureNode {
  readonly metadata: { readonly name: string };
  readonly status: { readonly addresses: readonly { readonly address: string }[] };
}
