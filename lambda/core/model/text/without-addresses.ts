import { settings } from '../settings.ts';
import { printable, trimmedEnd } from './words.ts';

/** AWS's own names of machines. Their last part is reserved for private use, so no mail program makes a link of one. */
const machineName = /^(?:ip-[0-9-]+|i-[0-9a-f]+)(?:\.[a-z]{2}[a-z-]*-[0-9])?\.(?:compute|ec2)\.internal$/;

/** The signs around a word of a sentence. */
const signsBefore = /^[('"[{<]+/;
const signsAfter = `)'"]}>:;,.…`;

/**
 * Text of which no mail program or chat makes a link: `evil[.]example`, `a[@]b`, `http[:]//`. Who is audited may choose the names in it.
 * Paths, versions, settings and the names that AWS gives machines stay as they are.
 */
export const withoutAddresses = (text: string): string => text.replace(/\S+/gu, withoutAddress);

function withoutAddress(text: string): string {
  const before = signsBefore.exec(text)?.[0] ?? '';
  const word = trimmedEnd(text.slice(before.length), signsAfter);
  const after = text.slice(before.length + word.length);
  if (machineName.test(word) || Object.hasOwn(settings, word)) return text;

  const marked = word.replaceAll('@', '[@]').replace(/:(?=\/)/g, '[:]');
  const isPath = /^\/[^/]/.test(word) && !/www\./i.test(word) && marked === word;
  return `${before}${isPath ? word : withoutDots(marked)}${after}`;
}

/** Dots in front of a name, and those of an IPv4 address; a version keeps its own. */
const withoutDots = (word: string): string =>
  word
    .replace(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])/g, (address) => address.replaceAll('.', '[.]'))
    .replace(/(?<=[\p{L}\p{M}\p{N}\p{S}_-])[.。．｡](?=[\p{L}\p{M}])/gu, '[.]');

/** A name between quotes that it cannot close, and that looks like no address. */
export const quotedName = (name: string, limit: number): string =>
  `'${withoutAddresses(printable(name, limit)).replaceAll(/['"]/g, '’')}'`;
