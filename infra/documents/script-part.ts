import { readFileSync } from 'node:fs';

/** A file of shell or awk, with the files that it includes. */
export const scriptPart = (file: URL): string =>
  readFileSync(file, 'utf8').replaceAll(/^@INCLUDE ([a-z./-]+\.(?:sh|awk))@\n/gm, (_, part: string) =>
    scriptPart(new URL(part, file)),
  );
