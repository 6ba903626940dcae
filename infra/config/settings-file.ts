import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Node } from 'constructs';
import { type Document, type ErrorCode, parseDocument, type YAMLParseError } from 'yaml';
import { parseSettings, type Settings, SettingsError } from './settings.ts';

/** Where cdk.json, or `-c` on the command line, names the file of settings. */
const contextKey = 'eks-kubelet-audit';

/**
 * The file of settings that the context names.
 *
 * @throws SettingsError
 */
export function settingsFileOf(node: Node): string {
  const file: unknown = node.tryGetContext(contextKey);
  if (typeof file !== 'string' || file === '')
    throw new SettingsError(
      `cdk.json: context '${contextKey}' is ${JSON.stringify(file)}: it names the file of settings; write "deployment.yaml"`,
    );
  return file;
}

/**
 * The settings of a file. The file of waivers is beside it.
 *
 * @throws SettingsError
 */
export function settingsFromFile(file: string): Settings {
  const { waivers, ...settings } = parseSettings(contentsOf(file), file);
  return { ...settings, ...(waivers !== undefined && { waivers: resolve(dirname(file), waivers) }) };
}

/** What a YAML file of settings holds; one in which everything is a comment holds nothing, which is all defaults. */
function contentsOf(file: string): unknown {
  const document = parseDocument(textOf(file));
  const [error] = document.errors;
  if (error) throw new SettingsError(`${file}:${lineOf(error)}: ${faults[error.code] ?? noYaml}`, { cause: error });
  return plainOf(document, file) ?? {};
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SettingsError(`cannot read the settings in '${file}'; name a file with -c ${contextKey}=FILE`, { cause });
  }
}

const noYaml = 'this is no YAML; write fields one a line, as in schedule: rate(1 day)';

/** What is wrong with a line, in the terms of a person who writes settings. The parser's own messages describe its internals. */
const faults: Readonly<Partial<Record<ErrorCode, string>>> = {
  TAB_AS_INDENT: 'a tab is before the field; write spaces',
  BAD_INDENT:
    'something begins in the wrong column, or a bracket before it is not closed; fields of one group begin in the same column',
  DUPLICATE_KEY: 'this field is there twice; leave one of them out',
  MISSING_CHAR: 'something is not closed: a bracket, a quote, or the colon after the name of a field',
  UNEXPECTED_TOKEN: 'there is something where nothing is expected; put texts with : # [ ] { } or * in quotes',
  BAD_SCALAR_START: 'a value begins with a character that YAML keeps for itself, such as @ or `; put it in quotes',
  BAD_ALIAS: 'a value begins with *, which YAML takes for a reference; put it in quotes',
  BAD_DQ_ESCAPE: 'there is a backslash in double quotes; use single quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two fields stand in one line; write one a line',
  BLOCK_IN_FLOW: 'a list with dashes is within brackets; write one or the other',
  MULTILINE_IMPLICIT_KEY: 'the name of a field goes over several lines; the colon after it may be missing',
  MULTIPLE_DOCS: 'the file holds several documents; leave the line --- out',
};

/** A reference to what is nowhere is noticed only here. */
function plainOf(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new SettingsError(`${file}: ${faults.BAD_ALIAS}`, { cause });
  }
}

const lineOf = ({ linePos }: YAMLParseError): number => linePos?.[0].line ?? 1;
