import { parseJson } from '../../../read/kubelet/documents/parse-json.ts';
import { isTreeMap, type Tree, type TreeMap } from '../../../read/kubelet/documents/tree.ts';
import { notYetKnownVariable } from '../not-yet-known.ts';
import type { Pipeline, ShellWord } from '../shell/commands.ts';

export const al2ConfigFile = '/etc/kubernetes/kubelet/kubelet-config.json';

/** One assignment of a jq program: `.authentication.anonymous.enabled=true`. */
export interface ConfigEdit {
  readonly keys: readonly string[];
  readonly value: Tree;
}

/** `echo "$(jq 'PROGRAM' FILE)" > FILE`, the way that EKS's own scripts edit it. */
const editInPlace =
  /^[ \t]*(?:sudo )?echo "\$\(jq '([^'\n]*)' (\/[\w./-]+|"?\$KUBELET_CONFIG"?|"?\$\{KUBELET_CONFIG\}"?)\)" > (\/[\w./-]+|"?\$KUBELET_CONFIG"?|"?\$\{KUBELET_CONFIG\}"?)[ \t]*$/gm;

export interface EditedScript {
  /** The script with each edit in place replaced by a command of the same length that names it. */
  readonly text: string;
  readonly programs: ReadonlyMap<string, string>;
}

/** The one substitution that is recognized; everything else with `$(` in it is not followed. */
export function withNamedEdits(script: string): EditedScript {
  const programs = new Map<string, string>();
  const isConfig = (path: string): boolean =>
    path === al2ConfigFile || (path.includes('KUBELET_CONFIG') && script.includes(`KUBELET_CONFIG=${al2ConfigFile}\n`));

  const text = script.replace(editInPlace, (line, program: string, from: string, to: string) => {
    if (!isConfig(from) || !isConfig(to) || program.includes(notYetKnownVariable)) return line;
    const name = `kubelet-config-edit-${programs.size}`;
    programs.set(name, program);
    return name.padEnd(line.length);
  });
  return { text, programs };
}

/** What a jq program assigns, where it does nothing but that; `undefined` otherwise. */
export function editsOf(program: string): readonly ConfigEdit[] | undefined {
  const edits: ConfigEdit[] = [];
  for (const step of program.split('|')) {
    const [, path, text] = /^\s*((?:\.(?:[A-Za-z_]\w*|"[\w.-]+"))+)\s*=\s*([^=].*?)\s*$/s.exec(step) ?? [];
    const value = text === undefined ? undefined : parseJson(text, 10_000, 'as-values');
    if (path === undefined || !value?.ok) return undefined;
    const keys = [...path.matchAll(/\.(?:([A-Za-z_]\w*)|"([\w.-]+)")/g)].map(
      ([, plain, quoted]) => plain ?? quoted ?? '',
    );
    edits.push({ keys, value: value.value.tree });
  }
  return edits;
}

/** `cat FILE | jq '…' | jq '…' > TEMP`, `jq '…' FILE > TEMP`: the edits, and the file that holds the result. */
export function editsIntoFile(
  pipeline: Pipeline,
): { readonly edits: readonly ConfigEdit[]; readonly target: string } | undefined {
  const [first, ...rest] = pipeline;
  const target = pipeline.at(-1)?.writes[0];
  const only = (words: readonly ShellWord[], count: number): boolean =>
    words.length === count && words.every((word) => word !== undefined);
  if (
    target === undefined ||
    pipeline.some(({ writes }, index) => writes.length !== (index === pipeline.length - 1 ? 1 : 0))
  )
    return undefined;

  const programs: string[] = [];
  if (first.words[0] === 'cat' && only(first.words, 2) && first.words[1] === al2ConfigFile && rest.length > 0) {
    for (const { words } of rest) {
      if (words[0] !== 'jq' || !only(words, 2)) return undefined;
      programs.push(words[1] ?? '');
    }
  } else if (first.words[0] === 'jq' && only(first.words, 3) && first.words[2] === al2ConfigFile && rest.length === 0)
    programs.push(first.words[1] ?? '');
  else return undefined;

  const edits = programs.map((program) => editsOf(program));
  return edits.every((each) => each !== undefined) ? { edits: edits.flat(), target } : undefined;
}

/** A tree with one value set, the maps above it made where they are missing, as jq does; `undefined` where jq would stop. */
export function edited(tree: TreeMap, { keys, value }: ConfigEdit): TreeMap | undefined {
  const [key, ...rest] = keys;
  if (key === undefined) return undefined;
  if (rest.length === 0) return new Map(tree).set(key, value);

  const below = tree.get(key) ?? null;
  if (below !== null && !isTreeMap(below)) return undefined;
  const next = edited(below ?? new Map<string, Tree>(), { keys: rest, value });
  return next === undefined ? undefined : new Map(tree).set(key, next);
}

/** jq's `.[0] * .[1]`: maps merge, everything else of the second replaces. */
export function multiplied(first: TreeMap, second: TreeMap): TreeMap {
  const product = new Map(first);
  for (const [key, value] of second) {
    const before = product.get(key);
    product.set(key, isTreeMap(value) && isTreeMap(before) ? multiplied(before, value) : value);
  }
  return product;
}
