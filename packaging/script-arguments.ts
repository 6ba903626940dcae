import { type ParseArgsConfig, parseArgs } from 'node:util';

interface ScriptOptions<Options> {
  readonly options?: Options;
  /** Words that are no options: none by default. */
  readonly words?: 'any' | 'numbers';
}

/**
 * The arguments of `npm run NAME --`. The process ends with 0 after `--help`, and with 64 after a wrong argument; both print the usage.
 * @param usage `npm run NAME -- [WORD…] [--option VALUE]`, and what that does
 */
export function scriptArguments<const Options extends NonNullable<ParseArgsConfig['options']> = Record<never, never>>(
  usage: string,
  { options, words }: ScriptOptions<Options> = {},
) {
  printHelp(usage);
  try {
    const parsed = parseArgs<{ options: Options; allowPositionals: true }>({
      options: options ?? ({} as Options),
      allowPositionals: true,
    });
    const wrong = parsed.positionals.find(
      (each) => words === undefined || (words === 'numbers' && !/^\d+$/.test(each)),
    );
    if (wrong === undefined) return parsed;
    throw new Error(words === 'numbers' ? `'${wrong}' is not a number` : `unexpected argument '${wrong}'`);
  } catch (error) {
    // Node adds advice about options that begin with a dash.
    const [message] = String(Object(error).message).split('. ');
    console.error(`${message}\nusage: ${usage}`);
    process.exit(64);
  }
}

/** Ends the process after `--help`. Called alone by scripts that pass their arguments on. */
export function printHelp(usage: string): void {
  if (!process.argv.slice(2).some((each) => each === '--help' || each === '-h')) return;
  console.log(`usage: ${usage}`);
  process.exit(0);
}
