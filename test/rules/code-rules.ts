import { parseSync } from 'oxc-parser';

/** One place that a rule of the code names. */
export interface Fault {
  readonly rule: RuleName;
  readonly line: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Where a node is: what a rule may ask about its surroundings. */
interface Place {
  /** In a function, so it doesn't run when the file is loaded. */
  readonly inFunction: boolean;
  readonly inTernary: boolean;
  /** The package or file that each name of the file is imported from. */
  readonly imported: ReadonlyMap<string, string>;
  /** Constants at the top of the file. */
  readonly topNames: ReadonlySet<string>;
}

interface Rule {
  /** The files that the rule is about. */
  readonly files: RegExp;
  readonly instead: string;
  readonly names: (node: Node, place: Place) => boolean;
}

type RuleName = keyof typeof rules | 'long-line';

const core = /^lambda\/(?:core|contract)\//;
const program = /^(?:lambda|infra|packaging|test)\//;
const globals = new Set([
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'globalThis',
  'console',
  'navigator',
]);
const random = new Set(['randomBytes', 'randomInt', 'randomUUID', 'getRandomValues', 'webcrypto']);
const changes = new Set(['set', 'add', 'delete', 'clear', 'push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'fill']);
const withClients = /^(?:@aws-sdk|@smithy|@kubernetes|undici)(?:\/|$)/;

/** What the code of the project may not do. Each rule says what to do instead, for the person whom it stops. */
const rules = {
  'core-is-pure': {
    files: core,
    instead: 'core has no clock, environment, timer, network or chance: take the value as an argument',
    names: (node) =>
      isGlobal(node) ||
      isMember(node, 'Date', 'now') ||
      isMember(node, 'Math', 'random') ||
      isClock(node) ||
      (node.type === 'ImportSpecifier' && random.has(nameOf(node['imported']))) ||
      (node.type === 'MemberExpression' && random.has(nameOf(node['property']))),
  },
  'no-state-of-a-module': {
    files: /^lambda\//,
    instead: 'a module keeps nothing between two calls: return the value, or take it as an argument',
    names: (node, { inFunction, topNames }) =>
      (!inFunction && node.type === 'VariableDeclaration' && node['kind'] !== 'const') ||
      (inFunction && topNames.has(changedBy(node))),
  },
  'no-client-of-a-module': {
    files: /^lambda\//,
    instead: 'a client belongs to a call of the wiring: make it in a function that gets its place and credentials',
    names: (node, { inFunction, imported }) =>
      !inFunction && node.type === 'NewExpression' && withClients.test(imported.get(nameOf(node['callee'])) ?? ''),
  },
  'no-packed-spread': {
    files: program,
    instead: 'write the members one by one: a spread of a literal only saves lines',
    names: (node) => node.type === 'SpreadElement' && /^(?:Object|Array)Expression$/.test(typeOf(node['argument'])),
  },
  'no-split-list': {
    files: program,
    instead: 'write a list as a list',
    names: (node) => {
      const callee = node['callee'];
      if (node.type !== 'CallExpression' || !isNode(callee) || callee.type !== 'MemberExpression') return false;
      return nameOf(callee['property']) === 'split' && /Literal$/.test(typeOf(callee['object']));
    },
  },
  'no-nested-ternary': {
    files: program,
    instead: 'name the inner value, or return early',
    names: (node, { inTernary }) => inTernary && node.type === 'ConditionalExpression',
  },
} as const satisfies Readonly<Record<string, Rule>>;

const mostColumns = 140;

/** The faults of one file, by its path from the project's root. */
export function faultsIn(file: string, text: string): readonly Fault[] {
  const { program: tree, comments, module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);

  const lineAt = (start: number) => text.slice(0, start).split('\n').length;
  const imported = new Map(
    module.staticImports.flatMap(({ entries, moduleRequest }) =>
      entries.map(({ localName }) => [localName.value, moduleRequest.value] as const),
    ),
  );
  const chosen = Object.entries(rules as Readonly<Record<string, Rule>>).filter(([, rule]) => rule.files.test(file));
  const faults: Fault[] = [];
  const visit = (node: Node, place: Place): void => {
    for (const [name, rule] of chosen)
      if (rule.names(node, place)) faults.push({ rule: name as RuleName, line: lineAt(node.start) });
    const inside = { ...place, ...surroundings(node, place) };
    for (const child of childrenOf(node)) visit(child, inside);
  };
  const top = tree as unknown as Node;
  visit(top, { inFunction: false, inTernary: false, imported, topNames: topNamesOf(top) });
  return [...faults, ...longLines(text, comments)];
}

function surroundings({ type, static: isStatic }: Node, { inFunction, inTernary }: Place) {
  if (/^(?:Function(?:Declaration|Expression)|ArrowFunctionExpression)$/.test(type))
    return { inFunction: true, inTernary: false };
  if (type === 'PropertyDefinition' && isStatic !== true) return { inFunction: true };
  return { inFunction, inTernary: inTernary || type === 'ConditionalExpression' };
}

function longLines(text: string, comments: readonly { readonly start: number; readonly end: number }[]) {
  let bare = text;
  for (const { start, end } of comments)
    bare = bare.slice(0, start) + bare.slice(start, end).replaceAll(/[^\n]/g, ' ') + bare.slice(end);
  return bare
    .split('\n')
    .flatMap((line, index) =>
      line.trimEnd().length > mostColumns ? [{ rule: 'long-line' as const, line: index + 1 }] : [],
    );
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const typeOf = (value: unknown): string => (isNode(value) ? value.type : '');

const nameOf = (value: unknown): string => (isNode(value) && typeof value['name'] === 'string' ? value['name'] : '');

/** The parts of a node that can run. The names of properties and types are no values. */
function childrenOf(node: Node): readonly Node[] {
  return Object.entries(node).flatMap(([key, value]) => {
    const isName = (key === 'property' || key === 'key') && node['computed'] === false && node['shorthand'] !== true;
    if (isName || key === 'typeAnnotation' || key === 'returnType' || /^TS(?:Type|Interface)/.test(node.type))
      return [];
    return [value].flat().filter(isNode);
  });
}

const isGlobal = (node: Node): boolean => node.type === 'Identifier' && globals.has(nameOf(node));

const isMember = (node: Node, object: string, property: string): boolean =>
  node.type === 'MemberExpression' && nameOf(node['object']) === object && nameOf(node['property']) === property;

/** `new Date()` and `Date()` are the time of the machine. */
function isClock(node: Node): boolean {
  if (nameOf(node['callee']) !== 'Date') return false;
  return node.type === 'CallExpression' || (Array.isArray(node['arguments']) && node['arguments'].length === 0);
}

function topNamesOf(top: Node): ReadonlySet<string> {
  const statements = childrenOf(top).flatMap((each) => (isNode(each['declaration']) ? each['declaration'] : each));
  const variables = statements.filter(({ type }) => type === 'VariableDeclaration').flatMap(childrenOf);
  // A WeakMap only remembers what follows from its key.
  const kept = variables.filter(({ init }) => !isNode(init) || nameOf(init['callee']) !== 'WeakMap');
  return new Set(kept.map(({ id }) => nameOf(id)).filter((name) => name !== ''));
}

/** The variable whose value a node changes: by an assignment, or by a method that does. */
function changedBy(node: Node): string {
  if (node.type === 'AssignmentExpression') return rootOf(node['left']);
  if (node.type === 'UpdateExpression') return rootOf(node['argument']);
  const callee = node['callee'];
  if (node.type !== 'CallExpression' || !isNode(callee) || callee.type !== 'MemberExpression') return '';
  return changes.has(nameOf(callee['property'])) ? nameOf(callee['object']) : '';
}

const rootOf = (target: unknown): string =>
  isNode(target) && target.type === 'MemberExpression' ? rootOf(target['object']) : nameOf(target);

/** What to do instead of a place that a rule names. */
export function instead(rule: string): string {
  const own = (rules as Readonly<Record<string, Rule>>)[rule];
  if (own !== undefined) return own.instead;
  return rule === 'long-line' ? `break a line of more than ${mostColumns} columns` : 'make its steps functions';
}
