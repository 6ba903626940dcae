import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { waiversFile } from '../lambda/contract/names.ts';
import { type Settings, SettingsError } from './config/settings.ts';

/**
 * Puts the waivers of the settings beside the bundled code, once the bundle itself has found nothing wrong with them.
 * @throws SettingsError naming the file, and each entry that cannot be used
 */
export async function addWaivers(
  directory: string,
  { waivers: file, benchmark, longestWaiver }: Pick<Settings, 'waivers' | 'benchmark' | 'longestWaiver'>,
): Promise<void> {
  if (file === undefined) return;

  const text = await textOf(file);
  const { waiversFault }: Program = await import(pathToFileURL(join(directory, 'check-waivers.mjs')).href);
  const fault = waiversFault(text, { file, benchmark, longestWaiver, warn: console.warn });
  if (fault !== undefined) throw new SettingsError(fault);

  await writeFile(join(directory, waiversFile), text);
}

/** lambda/handlers/check-waivers.ts, bundled. */
interface Program {
  waiversFault(
    text: string,
    about: Pick<Settings, 'benchmark' | 'longestWaiver'> & {
      readonly file: string;
      readonly warn: (text: string) => void;
    },
  ): string | undefined;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new SettingsError(
      `cannot read the waivers in '${file}'; 'waivers' names a file beside the settings, or leave it out`,
      { cause },
    );
  }
}
