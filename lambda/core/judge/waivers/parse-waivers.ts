import { parseDocument, visit } from 'yaml';
import * as z from 'zod/mini';
import { accountPattern, regionPattern } from '../../../contract/patterns.ts';
import { unknownFields } from '../../../contract/settings-rules.ts';
import { holderKinds, nodeGroupKinds } from '../../model/model.ts';
import { UsageError } from '../../model/operator-error.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { printable } from '../../model/text/words.ts';
import type { BenchmarkChoice } from '../control.ts';
import { setOf, storedControl, suggestion } from '../controls/catalogue/find-control.ts';
import { clusterProxyHolders } from '../controls/proxy-holders.ts';
import { type Waiver, widthOf } from './waiver.ts';

/** A longer file is refused as a file of exceptions. */
const longestFile = 512 * 1024;
const mostWaivers = 2000;

/** Faults of a file that are reported at once. */
const mostFaults = 10;

/** One printable line: what is shown to people must look like what is compared. */
const words = (max: number) =>
  z.string().check(
    z.refine((value) => value.trim() !== '', 'is blank'),
    z.maxLength(max, `is longer than ${max} characters`),
    z.refine(
      (value) => value.length > max || value.trim() === '' || printable(value, max + 1) === value.trim(),
      'is not one line of printable text',
    ),
  );
const oneOf = <const T extends readonly string[]>(names: T) => z.enum(names, `is not one of ${names.join(', ')}`);

const place = {
  account: z.exactOptional(z.string().check(z.regex(accountPattern, 'is no account number of 12 digits'))),
  region: z.exactOptional(z.string().check(z.regex(regionPattern, 'is no Region such as eu-west-1'))),
};
const acceptance = {
  reason: words(200).check(z.trim()),
  owner: words(100).check(z.trim()),
  expires: z.string().check(z.refine(isDate, 'is no date such as 2026-12-31')),
};
const ofGroup = {
  cluster: words(100),
  nodeGroup: z.exactOptional(words(256)),
  nodeGroupKind: z.exactOptional(oneOf(nodeGroupKinds)),
  ...place,
  ...acceptance,
};
const entrySchema = z.strictObject({ control: words(100), ...ofGroup });
const scriptSchema = z.strictObject({
  script: z.string().check(z.regex(/^[\da-f]{64}$/, 'is no SHA-256 of 64 lower-case hexadecimal digits')),
  ...ofGroup,
});
const holderSchema = z.strictObject({
  kind: oneOf(holderKinds),
  name: words(300).check(
    z.refine(namesSomeone, 'names everyone of a kind; write a name, or a part of one, behind the last : or /'),
    z.refine((value) => !value.includes('\\'), 'has a backslash; a star cannot be escaped'),
  ),
  cluster: words(100),
  ...place,
  ...acceptance,
});

const fileSchema = z.strictObject({
  waivers: z.optional(z.array(z.unknown())),
  allowedProxyHolders: z.optional(z.array(z.unknown())),
});

/**
 * `arn:*`, `system:*` and `role/*` allow everyone who comes: behind its last separator a pattern must name something. `arn*` and `s*` name only what
 * all ARNs, or all users of the system, begin with, and `*d*e*v*` most names.
 */
function namesSomeone(pattern: string): boolean {
  const letters = pattern.replaceAll('*', '').trim();
  const isBeginning = pattern.includes('*') && ['arn:', 'system:'].some((each) => each.startsWith(letters));
  return !isBeginning && widthOf(pattern.split(/[:/]/).at(-1)?.trim() ?? '') === 'narrow';
}

interface ParseWaiversOptions {
  readonly benchmark: BenchmarkChoice;
  readonly now: Date;
  /** Most days from now to the end of a waiver. */
  readonly longestWaiver: number;
  /** Hears of numbers that a newer version of the benchmark gives to another control. */
  readonly warn?: (text: string) => void;
}

/**
 * The waivers of a file, all or none: one that is misread would hide a failure.
 * @throws UsageError naming the file and each entry that cannot be used
 */
export function waiversFrom(
  text: string,
  { file, warn, ...options }: ParseWaiversOptions & { readonly file: string },
): readonly Waiver[] {
  const parsed = parseWaivers(text, { ...options, ...(warn && { warn: (each) => warn(`'${file}': ${each}`) }) });
  if (parsed.ok) return parsed.value;

  const more = parsed.error.length - mostFaults;
  throw new UsageError(
    `the waivers of '${file}' cannot be used: ${parsed.error.slice(0, mostFaults).join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
  );
}

/**
 * A file of waivers, YAML or JSON: `waivers:`, a list of entries, and `allowedProxyHolders:`, who may hold nodes/proxy (4.1.10). Strict, since a misread exception hides a failure: an unknown field is an error, and
 * every error names its entry. Every scalar is read as text, so that an account number keeps its zeros. Never throws.
 */
export function parseWaivers(
  content: string,
  options: ParseWaiversOptions,
): Result<readonly Waiver[], readonly string[]> {
  if (content.length > longestFile) return err([`the file is longer than ${longestFile} characters`]);

  const parsed = parseText(content);
  if (!parsed.ok) return parsed;
  const file = fileSchema.safeParse(parsed.value);
  if (!file.success || Object.keys(file.data).length === 0)
    return err([
      "the file must hold 'waivers:', a list of entries, and may hold 'allowedProxyHolders:', and nothing else",
    ]);
  const { waivers = [], allowedProxyHolders = [] } = file.data;
  const all = waivers.length + allowedProxyHolders.length;
  if (all > mostWaivers) return err([`${all} waivers are more than ${mostWaivers}`]);

  const read = [
    ...waivers.map((each, index) => parseWaiver(each, `waiver ${index + 1}`, options)),
    ...allowedProxyHolders.map((each, index) => parseHolder(each, `allowed proxy holder ${index + 1}`, options)),
  ];
  const errors = read.flatMap((each) => (each.ok ? [] : each.error));
  return errors.length > 0 ? err(errors) : ok(read.flatMap((each) => (each.ok ? [each.value] : [])));
}

/** A reviewer of `"\x2a"` doesn't see that it is a star. */
const escapedAscii = /\\(?:x|u00|U000000)[2-7]/;

function parseText(content: string): Result<unknown, readonly string[]> {
  const document = parseDocument(content, { schema: 'failsafe', prettyErrors: false, logLevel: 'error' });
  const lineOf = (at: number) => `line ${content.slice(0, at).split('\n').length}`;
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) return err([`${lineOf(fault.pos[0])}: not valid YAML or JSON (${fault.code})`]);

  let escaped: number | undefined;
  visit(document, {
    Scalar(_, { type, range }) {
      if (type === 'QUOTE_DOUBLE' && range && escapedAscii.test(content.slice(range[0], range[1])))
        escaped ??= range[0];
    },
  });
  if (escaped !== undefined)
    return err([`${lineOf(escaped)}: a text hides a character behind an escape; write the character itself`]);
  try {
    return ok(document.toJS({ maxAliasCount: 100 }));
  } catch {
    return err(['aliases that repeat too much']);
  }
}

function parseWaiver(entry: unknown, name: string, options: ParseWaiversOptions): Result<Waiver, readonly string[]> {
  if (typeof entry === 'object' && entry !== null && 'script' in entry) {
    const script = parseEntry(scriptSchema, entry, { name, ...options });
    return script.ok ? ok({ control: '*', ...script.value, ...groupOf(script.value) }) : script;
  }
  const parsed = parseEntry(entrySchema, entry, { name, ...options });
  if (!parsed.ok) return parsed;

  const { benchmark, warn } = options;
  const { control: word, ...rest } = parsed.value;
  const found = storedControl(word, benchmark);
  if (!found)
    return err([`${name}: no control '${printable(word, 60)}' in ${setOf(benchmark)}; ${suggestion(word, benchmark)}`]);
  if (found.warning !== undefined) warn?.(`${name}: control ${found.warning}`);

  return ok({ ...rest, control: found.control.slug, ...groupOf(rest) });
}

/** A name alone would let a tag choose who is excused: it means the kind whose name EKS gives. */
function groupOf({
  nodeGroup = '*',
  nodeGroupKind = nodeGroup === '*' ? undefined : 'managed',
}: Partial<Pick<Waiver, 'nodeGroup' | 'nodeGroupKind'>>): Pick<Waiver, 'nodeGroup' | 'nodeGroupKind'> {
  return { nodeGroup, ...(nodeGroupKind && { nodeGroupKind }) };
}

function parseHolder(entry: unknown, name: string, options: ParseWaiversOptions): Result<Waiver, readonly string[]> {
  const parsed = parseEntry(holderSchema, entry, { name, ...options });
  if (!parsed.ok) return parsed;

  const { kind, name: holder, ...rest } = parsed.value;
  return ok({ ...rest, control: clusterProxyHolders.slug, nodeGroup: '*', holder: { kind, name: holder } });
}

const day = 24 * 60 * 60 * 1000;

function parseEntry<T extends { readonly expires: string }>(
  schema: z.ZodMiniType<T> & { readonly shape: object },
  entry: unknown,
  { name, now, longestWaiver }: Pick<ParseWaiversOptions, 'now' | 'longestWaiver'> & { readonly name: string },
): Result<T, readonly string[]> {
  const parsed = schema.safeParse(entry);
  if (!parsed.success)
    return err(
      parsed.error.issues.flatMap((issue) => faultsOf(issue, Object.keys(schema.shape)).map((it) => `${name}: ${it}`)),
    );

  // A waiver without an end in sight is a control that nobody looks at again.
  const last = new Date(now.getTime() + longestWaiver * day).toISOString().slice(0, 10);
  return parsed.data.expires > last
    ? err([`${name}: expires is after ${last}, the last day that longestWaiver (${longestWaiver} days) allows`])
    : ok(parsed.data);
}

function faultsOf(issue: z.core.$ZodIssue, known: readonly string[]): readonly string[] {
  if (issue.code === 'unrecognized_keys') return [printable(unknownFields(issue.keys, known), 1_000)];

  const field = issue.path.join('.');
  if (field === '') return [`is no entry with the fields ${known.join(', ')}`];
  return issue.code === 'invalid_type' ? [`${field} is missing or no text`] : [`${field} ${issue.message}`];
}

function isDate(value: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(value) && new Date(`${value}T00:00:00Z`).toJSON()?.slice(0, 10) === value;
}
